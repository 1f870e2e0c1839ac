use super::todos::{ResponseData, TodosCurrentUserTodos};

/// One assignment as the to-do list shows it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Todo {
    /// The assignment.
    pub id: String,
    /// The campaign's title.
    pub title: String,
    /// What the campaign is about.
    pub description: String,
    /// When it should be done.
    pub due_by: Option<String>,
    /// The campaign's colour, if it is a plain hex colour.
    pub color: Option<String>,
    /// The campaign's logo.
    pub logo: Option<String>,
    /// What there is to do.
    pub counts: Counts,
}

/// The counts of an assignment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// First messages still to send.
    pub first: i64,
    /// Of these, those that may go out at this moment.
    pub first_now: i64,
    /// Replies waiting.
    pub replies: i64,
    /// Of these, those that may be answered at this moment.
    pub replies_now: i64,
    /// Conversations that were had.
    pub past: i64,
}

impl Counts {
    /// What has to wait for texting hours.
    pub const fn later(self) -> i64 {
        (self.first - self.first_now) + (self.replies - self.replies_now)
    }

    const fn open(self) -> i64 {
        self.first + self.replies
    }
}

/// The assignments with anything to show, those with work first.
pub fn all(data: &ResponseData) -> Vec<Todo> {
    let mut all: Vec<Todo> = data
        .current_user
        .iter()
        .flat_map(|user| user.todos.iter().flatten().flatten())
        .filter(|one| {
            one.campaign
                .as_ref()
                .is_some_and(|campaign| campaign.is_archived != Some(true))
        })
        .map(Todo::from)
        .filter(|todo| todo.counts.open() + todo.counts.past > 0)
        .collect();
    // Somebody who wrote waits for an answer: those come first.
    all.sort_by_key(|todo| std::cmp::Reverse((todo.counts.replies_now > 0, todo.counts.open())));
    all
}

impl From<&TodosCurrentUserTodos> for Todo {
    fn from(assignment: &TodosCurrentUserTodos) -> Self {
        let campaign = assignment.campaign.as_ref();
        let counts = &assignment.counts;
        Self {
            id: assignment.id.clone().unwrap_or_default(),
            title: campaign.and_then(|one| one.title.clone()).unwrap_or_default(),
            description: campaign
                .and_then(|one| one.description.clone())
                .unwrap_or_default(),
            due_by: campaign.and_then(|one| one.due_by.clone()),
            color: campaign
                .and_then(|one| one.primary_color.clone())
                .filter(|color| is_hex_color(color)),
            logo: campaign
                .and_then(|one| one.logo_image_url.clone())
                .filter(|url| url.starts_with("https://")),
            counts: Counts {
                first: counts.needs_message,
                first_now: counts.needs_message_now,
                replies: counts.needs_response,
                replies_now: counts.needs_response_now,
                past: counts.convo + counts.closed,
            },
        }
    }
}

/// "1 reply waiting", "3 replies waiting".
pub fn count_of(number: i64, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// Whether a colour that an admin typed is one we hand to the style sheet.
fn is_hex_color(color: &str) -> bool {
    color.strip_prefix('#').is_some_and(|digits| {
        matches!(digits.len(), 3 | 6) && digits.chars().all(|digit| digit.is_ascii_hexdigit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_colours_reach_the_style_sheet() {
        assert!(is_hex_color("#1a2B3c"));
        assert!(is_hex_color("#abc"));
        assert!(!is_hex_color("red;--x:url(evil)"));
        assert!(!is_hex_color("#12345"));
    }

    #[test]
    fn counts_what_waits_for_the_morning() {
        let counts = Counts {
            first: 12,
            first_now: 10,
            replies: 3,
            replies_now: 3,
            past: 0,
        };
        assert_eq!(counts.later(), 2);
        assert_eq!(count_of(1, "reply", "replies"), "1 reply");
    }
}
