#![doc = "The rules of texting, as pure functions and small types."]
#![doc = ""]
#![doc = "No input or output, no clock (\"now\" is an argument), no database. With default features the crate"]
#![doc = "compiles to WebAssembly, so that the browser and the server apply one rule. The heavy parts are behind"]
#![doc = "features that only the server enables: `phone` (reading numbers as people write them) and `time-zone`"]
#![doc = "(texting hours at an instant)."]
#![doc = ""]
#![doc = "| Module | What it answers |"]
#![doc = "| --- | --- |"]
#![doc = "| [`batch_policy`] | May a texter take more contacts, and how many? |"]
#![doc = "| [`campaign_readiness`] | What still keeps a campaign from starting? |"]
#![doc = "| [`contact_csv`] | Which column is the cell; is this row a contact, and if not, why? |"]
#![doc = "| [`error_codes`] | The stable codes that the API returns, and what they say to people |"]
#![doc = "| [`interaction_tree`] | Is this script a tree; what comes after which answer? |"]
#![doc = "| [`media`] | Which part of a text is the address of a picture? |"]
#![doc = "| [`message_status`] | Where is the conversation, and where may it go? |"]
#![doc = "| [`opt_out_rules`] | What does this incoming text ask for, by an organization's rules, and by which? |"]
#![doc = "| [`opt_out_words`] | Is this incoming text a request to stop? |"]
#![doc = "| [`phone`] | A cell: a valid E.164 number that logs cannot leak |"]
#![doc = "| [`role`] | SUSPENDED < TEXTER < … < OWNER |"]
#![doc = "| [`script`] | `{firstName}` and friends: parse, check, render |"]
#![doc = "| [`segments`] | How many segments is this text, and why? |"]
#![doc = "| [`send_status`] | Where is one message on its way to the vendor, and who may move it? |"]
#![doc = "| [`texting_hours`] | May we text this time zone at this instant? |"]
#![doc = "| [`time_zone`] | Which time zone does a contact live in? |"]
#![doc = "| [`us_state`] | Which state does a ZIP code or an area code belong to? |"]
#![doc = "| [`zip`] | Five digits out of a ZIP code as found in files |"]
#![warn(missing_docs)]

#[macro_use]
mod text_enum;

pub mod batch_policy;
pub mod campaign_readiness;
pub mod contact_csv;
pub mod error_codes;
pub mod interaction_tree;
pub mod media;
pub mod message_status;
pub mod opt_out_rules;
pub mod opt_out_words;
pub mod phone;
mod place;
pub mod role;
pub mod script;
pub mod segments;
pub mod send_status;
pub mod texting_hours;
pub mod time_zone;
pub mod us_state;
pub mod zip;

pub use text_enum::UnknownText;
