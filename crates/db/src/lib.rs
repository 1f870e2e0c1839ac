//! Rows and queries of Bellwether. Knows PostgreSQL and nothing above it: no roles, no GraphQL, no HTTP.
//!
//! One file per noun: its row, what is needed to make or change one, its query functions. Functions take the
//! connection, so that they compose in one transaction; they return [`QueryResult`].
//!
//! | module | what |
//! |---|---|
//! | [`pool`] | connections, migrations |
//! | [`cached`] | prepared statements for hand-written SQL |
//! | [`user`], [`session`], [`password_reset`], [`organization`], [`invite`], [`join`] | people and tenants |
//! | [`campaign`], [`interaction_step`] | campaigns and their scripts |
//! | [`assignment`], [`campaign_contact`], [`contact_count`], [`question_response`] | who texts whom |
//! | [`contact_list`], [`hand_over`], [`tag`], [`assignment_feedback`] | lists of contacts, from hand to hand |
//! | [`message`], [`inbound_event`], [`opt_out`], [`opt_out_message`] | the outbox, what vendors tell, who said stop |
//! | [`opt_out_history`], [`opt_out_list`] | who opted out and came back, and why; lists in and out |
//! | [`inbound_rules`], [`unmatched_text`] | what texts are judged by; those that belong to no conversation |
//! | [`instance_setting`] | settings of the process that SQL must see |
//! | [`campaign_copy`], [`campaign_editor`], [`canned_response`] | building campaigns |
//! | [`owned_phone_number`] | telephone numbers at vendors |
//! | [`notice`] | LISTEN and NOTIFY |
//! | [`stored_file`], [`export`] | uploads and downloads |
//! | [`rate_usage`] | what people spent of their minute |

pub mod assignment;
pub mod assignment_feedback;
pub mod cached;
pub mod campaign;
pub mod campaign_contact;
pub mod campaign_copy;
pub mod campaign_editor;
pub mod canned_response;
pub mod contact_count;
pub mod contact_list;
pub mod delivery_report;
pub mod export;
pub mod hand_over;
pub mod inbound_event;
pub mod inbound_part;
pub mod inbound_rules;
pub mod instance_setting;
pub mod interaction_step;
pub mod invite;
pub mod job_data;
pub mod join;
pub mod message;
pub mod notice;
pub mod opt_out;
pub mod opt_out_confirmation;
pub mod opt_out_history;
pub mod opt_out_list;
pub mod opt_out_message;
pub mod organization;
pub mod owned_phone_number;
pub mod pace;
pub mod password_reset;
pub mod pool;
pub mod question_response;
pub mod rate_usage;
pub mod seed;
pub mod session;
pub mod stored_file;
pub mod tag;
pub mod texting_hours;
pub mod unmatched_text;
pub mod user;

pub use diesel::result::{DatabaseErrorKind, Error, QueryResult};
pub use diesel_async::AsyncConnection;
pub use pool::{Conn, Pool, PooledConn};
