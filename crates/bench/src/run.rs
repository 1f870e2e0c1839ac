//! The order of things: seed, measure each scenario, verify, report.

use crate::{
    Result,
    args::{Args, Environment, Scenario},
    database::Database,
    load::{self, Measured},
    probe::Probe,
    report::{Facts, Report, Row},
    seed::{self, World},
    sender,
    server::Launcher,
    traffic::Traffic,
};

/// Runs the benchmark and prints its report. False: there were errors.
pub async fn run(args: &Args) -> Result<bool> {
    let Environment {
        database_url,
        server_binary,
        postmaster,
    } = Environment::read()?;
    let database = Database::open(&database_url).await?;
    let launcher = Launcher {
        binary: server_binary,
        database_url,
    };
    launcher.migrate()?;
    database.refuse_if_used().await?;
    eprintln!("seeding {} contacts", args.contacts);
    let world = seed::fill(&database, args.contacts).await?;
    if args.statements {
        database.watch_functions().await?;
    }
    let facts = Facts::read(&database, args).await?;
    let mut report = Report {
        facts,
        rows: Vec::new(),
    };
    measure_server(args, &launcher, &database, postmaster, &world, &mut report).await?;
    if args.scenarios.contains(&Scenario::Sender) {
        eprintln!("sender: {} texts", args.queued);
        let sent = sender::measure(&launcher, &database, postmaster, args.queued).await?;
        report.rows.extend(Row::of_sender(sent, args.queued));
    }
    report.facts.load_after = crate::report::load_average();
    print!("{}", report.markdown(args.statements));
    if let Some(path) = &args.json {
        std::fs::write(path, format!("{:#}\n", report.json()))
            .map_err(|error| format!("{}: {error}", path.display()))?;
    }
    Ok(report.rows.iter().all(|row| row.errors == 0))
}

/// What has happened to the contacts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Untexted,
    Conversing,
}

impl State {
    fn before(scenario: Scenario) -> Self {
        match scenario {
            Scenario::SendMessage | Scenario::GetInitialContacts => Self::Untexted,
            _ => Self::Conversing,
        }
    }
}

async fn measure_server(
    args: &Args,
    launcher: &Launcher,
    database: &Database,
    postmaster: u32,
    world: &World,
    report: &mut Report,
) -> Result<()> {
    let mut server = launcher.serve().await?;
    let probe = Probe {
        database,
        postmaster,
        server: server.id(),
    };
    let mut state = None;
    for scenario in args
        .scenarios
        .iter()
        .copied()
        .filter(|scenario| *scenario != Scenario::Sender)
    {
        for &texters in &args.texters {
            let needed = State::before(scenario);
            if state != Some(needed) {
                match needed {
                    State::Untexted => seed::untext(database).await?,
                    State::Conversing => seed::converse(database).await?,
                }
            } else if scenario == Scenario::Webhook {
                seed::empty_inbox(database).await?;
            }
            state = (scenario != Scenario::SendMessage).then_some(needed);
            eprintln!("{}: {texters} texters", scenario.name());
            let traffic = Traffic::of(scenario, world, texters);
            let mut measured = load::measure(traffic, server.port, args.duration, &probe).await?;
            server.check()?;
            verify(scenario, database, &mut measured).await?;
            report.rows.push(Row::of_scenario(scenario, texters, measured));
        }
    }
    Ok(())
}

/// Compares what the database holds with what the server said.
async fn verify(scenario: Scenario, database: &Database, measured: &mut Measured) -> Result<()> {
    let questions: &[&str] = match scenario {
        Scenario::SendMessage => &[
            "SELECT count(*) FROM message",
            "SELECT count(DISTINCT campaign_contact_id) FROM message
             WHERE send_status = 'QUEUED' AND text LIKE 'Hi %, it''s Terry with Bench. Can we count on you in %?'",
            "SELECT count(*) FROM campaign_contact WHERE message_status = 'messaged' AND sent_count = 1",
            "SELECT sum(messaged)::bigint FROM contact_count",
        ],
        Scenario::Webhook => &["SELECT count(*) FROM inbound_event WHERE kind = 'message'"],
        _ => &[],
    };
    for question in questions {
        let counted = database.number(question).await?;
        if counted != measured.accepted {
            measured.errors += 1;
            measured.first_error.get_or_insert(format!(
                "{} accepted, but {counted} by {question}",
                measured.accepted
            ));
        }
    }
    if measured.ran_out {
        eprintln!("  a connection had texted all its contacts before the time was up: give more --contacts");
    }
    Ok(())
}
