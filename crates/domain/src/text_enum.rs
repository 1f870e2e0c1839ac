//! The macro for enums that are stored and sent as text.

use thiserror::Error;

/// A text is none of an enum's texts.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("`{given}` is not a {kind}")]
pub struct UnknownText {
    /// What was expected, in words, such as `role`.
    pub kind: &'static str,
    /// What came instead.
    pub given: String,
}

/// Declares a plain enum whose variants each have one text: `as_str`, `ALL`, `Display`, `FromStr` and serde agree.
macro_rules! text_enum {
    (
        $(#[$meta:meta])*
        pub enum $name:ident ($kind:literal) {
            $($(#[$variant_meta:meta])* $variant:ident => $text:literal,)+
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $($(#[$variant_meta])* #[serde(rename = $text)] $variant,)+
        }

        impl $name {
            /// Every value, in the order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The text as stored and sent.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = crate::text_enum::UnknownText;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $($text => Ok(Self::$variant),)+
                    _ => Err(crate::text_enum::UnknownText { kind: $kind, given: text.to_owned() }),
                }
            }
        }
    };
}
