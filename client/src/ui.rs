//! The parts every page is made of. Nothing here knows a word of texting.

mod button;
mod date_time;
mod dialog;
mod empty_state;
mod error_note;
mod field;
mod icon;
mod page_heading;
mod progress;
mod query_view;
mod toast;

pub use button::Button;
pub use date_time::{clock_in, day, due_date_of_input, input_of_due_date, relative_or_clock};
pub use dialog::Dialog;
pub use empty_state::EmptyState;
pub use error_note::ErrorNote;
pub use field::{TextArea, TextField};
pub use icon::{Glyph, Icon};
pub use page_heading::PageHeading;
pub use progress::Progress;
pub use query_view::QueryView;
pub use toast::{Toaster, Toasts, provide_toasts, use_toasts};
