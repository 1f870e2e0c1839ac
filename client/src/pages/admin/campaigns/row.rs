use super::campaigns::{
    CampaignsCampaigns, CampaignsCampaignsOnPaginatedCampaignsCampaigns as ApiCampaign, ResponseData,
};

/// A campaign as the list shows it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Row {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// What it is about.
    pub description: String,
    /// When it should be done.
    pub due_by: Option<String>,
    /// Whether texters may text.
    pub started: bool,
    /// Whether it is put away.
    pub archived: bool,
    /// Contacts.
    pub contacts: i64,
    /// First messages still to send.
    pub needs_message: i64,
    /// Contacts who wait for an answer.
    pub needs_response: i64,
    /// Whether contacts have no texter.
    pub unassigned: bool,
}

impl Row {
    /// How the campaign stands, in a word and a tone.
    pub const fn state(&self) -> (&'static str, &'static str) {
        match (self.archived, self.started, self.needs_message) {
            (true, _, _) => ("Archived", "plain"),
            (_, false, _) => ("Not started", "warn"),
            (_, true, 0) => ("All first messages sent", "good"),
            (_, true, _) => ("Running", "accent"),
        }
    }
}

/// The rows of the page, and how many there are in all.
pub fn all(data: &ResponseData) -> (Vec<Row>, i64) {
    match &data.campaigns {
        Some(CampaignsCampaigns::PaginatedCampaigns(page)) => {
            let rows: Vec<Row> = page.campaigns.iter().flatten().flatten().map(Row::from).collect();
            let total = page
                .page_info
                .as_ref()
                .map_or_else(|| i64::try_from(rows.len()).unwrap_or(0), |info| info.total);
            (rows, total)
        }
        _ => (Vec::new(), 0),
    }
}

impl From<&ApiCampaign> for Row {
    fn from(api: &ApiCampaign) -> Self {
        Self {
            id: api.id.clone().unwrap_or_default(),
            title: api
                .title
                .clone()
                .filter(|title| !title.trim().is_empty())
                .unwrap_or_else(|| "Untitled".to_owned()),
            description: api.description.clone().unwrap_or_default(),
            due_by: api.due_by.clone(),
            started: api.is_started.unwrap_or_default(),
            archived: api.is_archived.unwrap_or_default(),
            contacts: api.counts.total,
            needs_message: api.counts.needs_message,
            needs_response: api.counts.needs_response,
            unassigned: api.has_unassigned_contacts.unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_how_a_campaign_stands() {
        let row = Row {
            started: true,
            needs_message: 3,
            ..Row::default()
        };
        assert_eq!(row.state().0, "Running");
        assert_eq!(
            Row {
                needs_message: 0,
                ..row.clone()
            }
            .state()
            .0,
            "All first messages sent"
        );
        assert_eq!(
            Row {
                archived: true,
                ..row
            }
            .state()
            .0,
            "Archived"
        );
        assert_eq!(Row::default().state().0, "Not started");
    }
}
