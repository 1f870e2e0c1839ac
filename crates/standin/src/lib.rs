//! Stands in for Twilio's REST API on this machine: takes texts, calls back, sends texts from contacts, and does so as
//! badly as it is told. For `cargo xtask chaos` and `cargo xtask bench`.
//!
//! It follows <https://www.twilio.com/docs/messaging/api/message-resource> (form fields, JSON, list with paging),
//! <https://www.twilio.com/docs/usage/security> (`X-Twilio-Signature`) and
//! <https://www.twilio.com/docs/messaging/guides/track-outbound-message-status> (status callbacks), as far as a client
//! that sends, lists and receives can tell. It serves 127.0.0.1 alone and speaks HTTP/1.1 by itself, since what it is
//! for, connections that break in the middle, is what HTTP libraries prevent.
//!
//! | module | what |
//! |---|---|
//! | [`http`] | HTTP/1.1: requests in, answers and callbacks out |
//! | [`form`] | `application/x-www-form-urlencoded` |
//! | [`wire`] | Twilio's JSON, signatures and dates |
//! | [`faults`] | what goes wrong, when, by a seed |
//! | [`journal`] | the log, which is the truth about what the vendor saw |
//! | [`vendor`] | the texts it has |
//! | [`serve`] | the API and the control addresses |
//! | [`callbacks`] | what it tells the server |

pub mod callbacks;
pub mod faults;
pub mod form;
pub mod http;
pub mod journal;
pub mod serve;
pub mod vendor;
pub mod wire;
