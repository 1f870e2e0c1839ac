//! Fetches the public sources of `crates/domain/data/` and writes its files anew.

use std::fs;
use std::path::{Path, PathBuf};

use crate::command;
use crate::failure::{Context, Result};
use crate::step::Steps;
use crate::workspace::Workspace;

/// MIT; the data from unitedstateszipcodes.org, USPS and `GeoNames` (CC BY 4.0).
const ZIPS: &str = "https://raw.githubusercontent.com/seanpianka/Zipcodes/9748e76f1d623a5c3b2e7cc229e628aeeb11f46d/crates/zipcodes/src/zips.json.bz2";
/// Apache-2.0.
const ZONES: &str = "https://raw.githubusercontent.com/google/libphonenumber/f7e3e88c92b905c8d6edb81f336dbe25edc05b52/resources/timezones/map_data.txt";
/// Apache-2.0.
const PLACES: &str = "https://raw.githubusercontent.com/google/libphonenumber/f7e3e88c92b905c8d6edb81f336dbe25edc05b52/resources/geocoding/en/1.txt";

/// Writes ZIP codes, area codes and calling codes. The commits above are the version; `texting_hours.tsv` is by hand.
/// Sources that lie in `.tools/place-data/` already are taken from there.
pub fn data(ws: &Workspace) -> Result<()> {
    let folder = ws.path(".tools/place-data");
    fs::create_dir_all(&folder).context("cannot make a folder", &folder.display().to_string())?;
    let mut steps = Steps::new();
    let packed = folder.join("zips.json.bz2");
    steps.run("Sources", || {
        fetch(ws, ZIPS, &packed)?;
        fetch(ws, ZONES, &folder.join("zones.txt"))?;
        fetch(ws, PLACES, &folder.join("places.txt"))
    })?;
    steps.run("Files", || {
        command::run(
            ws.command("bunzip2").arg("--keep").arg("--force").arg(&packed),
            "this needs bunzip2 (Debian: bzip2)",
        )?;
        let mut cargo = ws.cargo("target");
        cargo.args([
            "run",
            "--quiet",
            "-p",
            "bellwether-domain",
            "--features",
            "time-zone",
            "--example",
            "place_data",
        ]);
        cargo
            .arg("--")
            .args(["zips.json", "zones.txt", "places.txt"].map(|name| folder.join(name)));
        cargo.arg(PathBuf::from("crates/domain/data"));
        command::run(&mut cargo, "a source may have changed its form")
    })
}

fn fetch(ws: &Workspace, url: &str, to: &Path) -> Result<()> {
    if to.is_file() {
        return Ok(());
    }
    command::run(
        ws.command("curl")
            .args(["--fail", "--silent", "--show-error", "--location", "--output"])
            .arg(to)
            .arg(url),
        "this needs curl and GitHub",
    )
}
