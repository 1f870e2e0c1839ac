use leptos::prelude::*;

/// The pictures we have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Glyph {
    /// Our bell.
    Bell,
    /// Done, nothing left.
    Done,
    /// Something is wrong.
    Warning,
    /// Back to where one came from.
    Back,
    /// Onwards.
    Forward,
    /// Send a text.
    Send,
    /// A conversation.
    Chat,
    /// Not now, later.
    Clock,
    /// A person.
    Person,
    /// Add one.
    Plus,
    /// A file to or from the machine.
    File,
    /// Take away.
    Close,
}

impl Glyph {
    const fn path(self) -> &'static str {
        match self {
            Self::Bell => "M12 3v2M7 17V11a5 5 0 0 1 10 0v6l2 2H5l2-2ZM10.5 21h3",
            Self::Done => "M5 12.5l4.5 4.5L19 7.5",
            Self::Warning => "M12 4 2.8 20h18.4L12 4ZM12 10v4.5M12 17.3v.2",
            Self::Back => "M14.5 5.5 8 12l6.5 6.5",
            Self::Forward => "M9.5 5.5 16 12l-6.5 6.5",
            Self::Send => "M4 12 20 4.5 15.5 20l-4-6.5L4 12ZM11.5 13.5 20 4.5",
            Self::Chat => "M4 5h16v11h-8l-5 4v-4H4V5Z",
            Self::Clock => "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17ZM12 7.5V12l3 2",
            Self::Person => {
                "M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8ZM4.5 20c.8-3.6 3.7-5.5 7.5-5.5s6.7 1.9 7.5 5.5"
            }
            Self::Plus => "M12 5v14M5 12h14",
            Self::File => "M12 15V4M7.5 8.5 12 4l4.5 4.5M5 15v4.5h14V15",
            Self::Close => "M6 6l12 12M18 6 6 18",
        }
    }
}

/// A picture beside words; the words say it all.
#[component]
pub fn Icon(glyph: Glyph) -> impl IntoView {
    view! {
        <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
            <path d=glyph.path() />
        </svg>
    }
}
