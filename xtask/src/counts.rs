//! Counts the tests that ran.

/// Sums of what the test runners say at their ends.
#[derive(Default)]
pub struct Counts {
    pub passed: u64,
    pub failed: u64,
}

impl Counts {
    /// Reads a closing line of cargo test (`test result: ok. 3 passed; 1 failed; …`) or of node
    /// (`ℹ pass 3`, or `# pass 3` when it writes TAP).
    pub fn read(&mut self, line: &str) {
        let line = without_colours(line);
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["test", "result:", _, passed, "passed;", failed, "failed;", ..] => {
                self.passed += passed.parse().unwrap_or(0);
                self.failed += failed.parse().unwrap_or(0);
            }
            ["ℹ" | "#", "pass", count] => self.passed += count.parse().unwrap_or(0),
            ["ℹ" | "#", "fail" | "cancelled", count] => self.failed += count.parse().unwrap_or(0),
            _ => {}
        }
    }
}

fn without_colours(line: &str) -> String {
    let mut parts = line.split('\u{1b}');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        text.push_str(part.split_once('m').map_or("", |(_, rest)| rest));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(lines: &[&str]) -> (u64, u64) {
        let mut counts = Counts::default();
        lines.iter().for_each(|line| counts.read(line));
        (counts.passed, counts.failed)
    }

    #[test]
    fn closing_lines_of_cargo_are_summed() {
        let lines = [
            "running 4 tests",
            "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.1s",
            "test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.1s",
            "\u{1b}[0mtest result: \u{1b}[32mok\u{1b}[0m. 1 passed; 0 failed; 0 ignored",
        ];
        assert_eq!(counts(&lines), (5, 2));
    }

    #[test]
    fn closing_lines_of_node_are_summed() {
        assert_eq!(
            counts(&["ℹ tests 5", "ℹ pass 4", "ℹ fail 1", "ℹ cancelled 0"]),
            (4, 1)
        );
        assert_eq!(
            counts(&["# tests 5", "# pass 3", "# fail 0", "# cancelled 2"]),
            (3, 2)
        );
        assert_eq!(
            counts(&["\u{1b}[34mℹ pass 7\u{1b}[39m", "# pass the salt"]),
            (7, 0)
        );
    }
}
