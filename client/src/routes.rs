//! Every path of the client, once.

/// The login page.
pub const LOGIN: &str = "/login";
/// Where a signed-in user starts.
pub const APP: &str = "/app";

/// The login page, coming back to `next` afterwards.
pub fn login(next: &str) -> String {
    format!("{LOGIN}?nextUrl={}", encode(next))
}

/// The to-do list of a texter.
pub fn todos(organization: &str) -> String {
    format!("/app/{organization}/todos")
}

/// The texting screen of an assignment.
pub fn texting(organization: &str, assignment: &str, pile: Pile) -> String {
    format!("/app/{organization}/todos/{assignment}/{}", pile.segment())
}

/// The campaigns of an organization.
pub fn campaigns(organization: &str) -> String {
    format!("/admin/{organization}/campaigns")
}

/// How a campaign is going.
pub fn campaign(organization: &str, campaign: &str) -> String {
    format!("/admin/{organization}/campaigns/{campaign}")
}

/// The campaign builder, optionally at one of its sections.
pub fn campaign_edit(organization: &str, campaign: &str) -> String {
    format!("/admin/{organization}/campaigns/{campaign}/edit")
}

/// The contacts of an assignment that a texting screen goes through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pile {
    /// First messages to send.
    Text,
    /// Replies waiting for an answer.
    Reply,
    /// Past conversations.
    Stale,
}

impl Pile {
    /// Its part of the path.
    pub const fn segment(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Reply => "reply",
            Self::Stale => "stale",
        }
    }
}

/// Where to go after signing in: only to our own pages, whatever the link says.
pub fn safe_next(next: Option<&str>) -> String {
    match next {
        Some(next) if next.starts_with('/') && !next.starts_with("//") && !next.starts_with("/\\") => {
            next.to_owned()
        }
        _ => APP.to_owned(),
    }
}

/// The organization named in a path.
pub fn organization_of(path: &str) -> Option<String> {
    let mut parts = path.split('/').skip(1);
    match (parts.next(), parts.next()) {
        (Some("app" | "admin"), Some(organization)) if !organization.is_empty() => {
            Some(organization.to_owned())
        }
        _ => None,
    }
}

/// Whether a path is a texting screen, which needs the whole screen of a phone.
pub fn is_texting(path: &str) -> bool {
    path.starts_with("/app/") && path.trim_end_matches('/').split('/').count() > 4
}

fn encode(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-_.~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn never_leaves_for_another_site() {
        assert_eq!(safe_next(Some("/admin/1/campaigns")), "/admin/1/campaigns");
        assert_eq!(safe_next(Some("//evil.example")), APP);
        assert_eq!(safe_next(Some("/\\evil.example")), APP);
        assert_eq!(safe_next(Some("https://evil.example")), APP);
        assert_eq!(safe_next(None), APP);
    }

    #[test]
    fn brings_back_with_query() {
        assert_eq!(
            login("/app/1/todos?x=1&y=2"),
            "/login?nextUrl=/app/1/todos%3Fx%3D1%26y%3D2"
        );
    }

    #[test]
    fn knows_the_organization_and_the_texting_screen() {
        assert_eq!(organization_of("/admin/12/campaigns").as_deref(), Some("12"));
        assert_eq!(organization_of("/app"), None);
        assert!(is_texting("/app/1/todos/3/text"));
        assert!(!is_texting("/app/1/todos"));
    }
}
