//! `cargo xtask chaos`: the server's build with failpoints, a PostgreSQL that is killed, a vendor that breaks.

use crate::build;
use crate::cluster_dir::{self, Owner};
use crate::command;
use crate::failure::Result;
use crate::step::Steps;
use crate::tools;
use crate::workspace::Workspace;

/// The cluster's folder, thrown away afterwards.
const CLUSTER: &str = "postgres-chaos";

/// Runs it; what the arguments mean is `bellwether-chaos`' business, but for the build.
pub fn chaos(ws: &Workspace, args: &[String]) -> Result<()> {
    let mut steps = Steps::new();
    step(ws, &mut steps, args)
}

/// The same as a step of others.
pub fn step(ws: &Workspace, steps: &mut Steps, args: &[String]) -> Result<()> {
    let is_release = !args.iter().any(|arg| arg == "--debug" || arg == "--short");
    steps.run("Server with failpoints, stand-in, chaos", || {
        let features = ["--features", "bellwether-server/failpoints"];
        let packages = ["bellwether-server", "vendor-standin", "bellwether-chaos"];
        build::native_with(ws, is_release, &packages, &features)
    })?;
    let bin = tools::postgres(ws)?;
    let owner = Owner::choose()?;
    let data = cluster_dir::parent(ws, owner)?.join(CLUSTER);
    steps.run("Cluster", || {
        cluster_dir::recover(&bin, &data, owner)?;
        cluster_dir::remove(&data)?;
        let log = ws.logs().join("chaos-initdb.log");
        cluster_dir::init(&bin, &data, owner, &log)
    })?;
    let outcome = steps.run("Chaos", || {
        let mut chaos = ws.command(ws.binary(is_release, "bellwether-chaos"));
        chaos
            .args(args)
            .env("CHAOS_SERVER", ws.binary(is_release, "bellwether-failpoints"))
            .env("CHAOS_STANDIN", ws.binary(is_release, "vendor-standin"))
            .env("CHAOS_PG_BIN", &bin)
            .env("CHAOS_PG_DATA", &data)
            .env("CHAOS_LOGS", ws.logs());
        if let Some((user, group)) = owner.ids() {
            chaos
                .env("CHAOS_PG_USER", user.to_string())
                .env("CHAOS_PG_GROUP", group.to_string());
        }
        command::run(
            &mut chaos,
            "what was broken is told above; logs are in .data/logs/chaos-*",
        )
    });
    cluster_dir::remove(&data)?;
    outcome
}
