//! Several runs, and what they say together.

use crate::{
    Result,
    args::{Args, Environment},
    cluster::Cluster,
    run::{self, Outcome, Plan},
    variant::Variant,
};

// The server's own list, so that none is forgotten.
#[path = "../../../server/src/delivery/failpoint/names.rs"]
mod names;
use names::ALL as POINTS;

/// Violations printed of one run.
const SHOWN: usize = 12;
/// A known-bad pipeline is given so much to be caught with.
const PROVE: (u32, u32, u64) = (20, 1_500, 40);
/// The points' run: texts and seconds. Load must last as long as points are looked for, some seconds each.
const POINTED: (u32, u64) = (3_000, 200);
/// The same in a short run, which does not come by all of them.
const POINTED_SHORT: (u32, u64) = (900, 45);

/// Does what is asked for. Whether all is well.
pub async fn run(args: &Args) -> Result<bool> {
    let environment = Environment::read()?;
    let cluster = Cluster::start(&environment).await?;
    println!("seed {}", args.seed);
    if args.prove {
        return prove(&environment, &cluster, args).await;
    }
    let mut is_fine = true;
    let mut totals = (0_u32, 0_usize, 0_usize);
    if !args.failpoints || args.short {
        for plan in plans(args) {
            let outcome = run::run(&environment, &cluster, &plan).await?;
            is_fine &= told(&plan, &outcome);
            totals.0 += outcome.kills.all();
            totals.1 += outcome.accepted;
            totals.2 += outcome.violations.len();
        }
    }
    if args.failpoints || args.short {
        let plan = pointed(args);
        let outcome = run::run(&environment, &cluster, &plan).await?;
        is_fine &= told(&plan, &outcome);
        totals.1 += outcome.accepted;
        totals.2 += outcome.violations.len();
        println!(
            "  points       {} of {} died at; not come by: {:?}",
            POINTS.len() - outcome.missed.len(),
            POINTS.len(),
            outcome.missed
        );
    }
    println!(
        "together: {} kills, {} texts accepted, {} violations",
        totals.0, totals.1, totals.2
    );
    if let Some(variant) = args.variant {
        println!(
            "{} is {}",
            variant.name(),
            if is_fine { "NOT caught" } else { "caught" }
        );
    }
    Ok(is_fine)
}

fn plans(args: &Args) -> Vec<Plan> {
    let runs = u32::try_from(args.profiles.len()).unwrap_or(1).max(1);
    args.profiles
        .iter()
        .map(|profile| Plan {
            name: profile.name.to_owned(),
            profile: *profile,
            kills: args.kills / runs,
            messages: (args.messages / runs).max(50),
            seconds: (args.seconds / u64::from(runs)).max(5),
            seed: args.seed,
            settle: args.settle,
            variant: args.variant,
            points: Vec::new(),
        })
        .collect()
}

fn pointed(args: &Args) -> Plan {
    let (messages, seconds) = if args.short { POINTED_SHORT } else { POINTED };
    Plan {
        name: "points".to_owned(),
        profile: args
            .profiles
            .first()
            .copied()
            .unwrap_or(vendor_standin::faults::FAST),
        kills: 0,
        messages,
        seconds,
        seed: args.seed,
        settle: args.settle,
        variant: args.variant,
        points: POINTS.to_vec(),
    }
}

fn told(plan: &Plan, outcome: &Outcome) -> bool {
    if outcome.violations.is_empty() {
        println!("  violations   none");
        return true;
    }
    println!("  violations   {} (seed {})", outcome.violations.len(), plan.seed);
    for violation in outcome.violations.iter().take(SHOWN) {
        println!("    {}: {}", violation.invariant, violation.what);
    }
    false
}

/// Runs every known-bad pipeline and looks which invariant catches it.
async fn prove(environment: &Environment, cluster: &Cluster, args: &Args) -> Result<bool> {
    let (kills, messages, seconds) = PROVE;
    let mut are_all_caught = true;
    for variant in Variant::ALL {
        let plan = Plan {
            name: variant.name().to_owned(),
            profile: args
                .profiles
                .first()
                .copied()
                .unwrap_or(vendor_standin::faults::FAST),
            kills,
            messages,
            seconds,
            seed: args.seed,
            // It may never come to rest, and need not.
            settle: 20,
            variant: Some(variant),
            points: Vec::new(),
        };
        let outcome = run::run(environment, cluster, &plan).await?;
        let mut by: Vec<&str> = outcome
            .violations
            .iter()
            .map(|violation| violation.invariant)
            .collect();
        by.sort_unstable();
        by.dedup();
        println!(
            "{}: {} by {by:?} ({} violations)",
            variant.name(),
            if by.is_empty() { "NOT CAUGHT" } else { "caught" },
            outcome.violations.len()
        );
        are_all_caught &= !by.is_empty();
    }
    Ok(are_all_caught)
}
