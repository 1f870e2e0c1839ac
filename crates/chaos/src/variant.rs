//! Known-bad pipelines: the same chaos must catch each, else a green run says nothing. Two are in the server's code
//! (`delivery::known_bad`, compiled in with the feature `failpoints` alone); what is the database's is changed here.

use tokio_postgres::Client;

use crate::Result;

/// A known-bad pipeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Variant {
    /// Claims, calls the vendor and records in one transaction, which is rolled back when a call fails.
    SendInTransaction,
    /// What may have left is sent again at once.
    BlindRetry,
    /// Opting out is looked at when a text is queued, and never again.
    OptOutAtQueueing,
    /// Neither the unique key on first messages nor the contact's state keeps a second one out.
    NoUniqueKey,
}

impl Variant {
    pub const ALL: [Self; 4] = [
        Self::SendInTransaction,
        Self::BlindRetry,
        Self::OptOutAtQueueing,
        Self::NoUniqueKey,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::SendInTransaction => "send-in-transaction",
            Self::BlindRetry => "blind-retry",
            Self::OptOutAtQueueing => "opt-out-at-queueing",
            Self::NoUniqueKey => "no-unique-key",
        }
    }

    pub fn parse(name: &str) -> Result<Self> {
        Self::ALL
            .into_iter()
            .find(|variant| variant.name() == name)
            .ok_or_else(|| format!("--variant: there is no {name:?}").into())
    }

    /// Changes the database's part.
    pub async fn apply(self, client: &Client) -> Result<()> {
        match self {
            Self::SendInTransaction | Self::BlindRetry => Ok(()),
            Self::OptOutAtQueueing => {
                client
                    .batch_execute(
                        "CREATE FUNCTION never_out(bigint, text) RETURNS boolean LANGUAGE sql AS 'SELECT false'",
                    )
                    .await?;
                let claim = [
                    ("cc.is_opted_out OR", "false OR"),
                    (
                        "is_opted_out(m.organization_id, m.contact_number)",
                        "never_out(m.organization_id, m.contact_number)",
                    ),
                ];
                change(client, "claim_messages", &claim).await?;
                // What waits is not taken back either.
                let take_back = [("m.send_status IN ('QUEUED', 'SENDING', 'PAUSED')", "false")];
                change(client, "opt_out_cell", &take_back).await
            }
            Self::NoUniqueKey => {
                client.batch_execute("DROP INDEX message_initial_key").await?;
                let state = [(
                    "v_initial := c.message_status = 'needsMessage'",
                    "v_initial := p_script_version IS NOT NULL",
                )];
                change(client, "send_message", &state).await
            }
        }
    }
}

/// Changes a function's words. Words that are not there are a failure: the variant would be none.
async fn change(client: &Client, function: &str, changes: &[(&str, &str)]) -> Result<()> {
    let row = client
        .query_one(
            "SELECT pg_get_functiondef(p.oid) FROM pg_proc p WHERE p.proname = $1",
            &[&function],
        )
        .await?;
    let mut definition: String = row.try_get(0)?;
    for (old, new) in changes {
        if !definition.contains(old) {
            return Err(format!("{function}: {old:?} is not in it any more").into());
        }
        definition = definition.replace(old, new);
    }
    Ok(client.batch_execute(&definition).await?)
}
