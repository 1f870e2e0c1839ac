//! Progress: each step has a number and a time.

use std::time::{Duration, Instant};

use crate::failure::{Failure, Result};

pub struct Steps {
    started: Instant,
    done: Vec<(String, Duration, bool)>,
}

impl Steps {
    pub fn new() -> Self {
        Self {
            started: Instant::now(),
            done: Vec::new(),
        }
    }

    /// Runs one step. Its value is handed on; its failure ends the run.
    pub fn run<T>(&mut self, name: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
        let number = self.done.len() + 1;
        println!("[{number}] {name}");
        let start = Instant::now();
        let outcome = work();
        let took = start.elapsed();
        let word = match &outcome {
            Ok(_) => "ok",
            Err(Failure::Interrupted) => "interrupted",
            Err(Failure::Failed { .. }) => "FAILED",
        };
        println!("    {word}, {}", seconds(took));
        self.done.push((name.to_owned(), took, outcome.is_ok()));
        outcome
    }

    /// Says more about the step that is running.
    pub fn note(text: &str) {
        println!("    {text}");
    }

    pub fn print_table(&self) {
        let width = self
            .done
            .iter()
            .map(|(name, ..)| name.chars().count())
            .max()
            .unwrap_or(0)
            .max(5);
        println!("\nWhere the time went");
        for (number, (name, took, ok)) in self.done.iter().enumerate() {
            let mark = if *ok { "" } else { "  FAILED" };
            println!("{:>4}  {name:width$}  {:>9}{mark}", number + 1, seconds(*took));
        }
        println!(
            "      {:width$}  {:>9}\n",
            "total",
            seconds(self.started.elapsed())
        );
    }
}

fn seconds(time: Duration) -> String {
    let tenths = (time.as_millis() + 50) / 100;
    match tenths / 600 {
        0 => format!("{}.{} s", tenths / 10, tenths % 10),
        minutes => format!("{minutes} min {:02} s", tenths % 600 / 10),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_read_well() {
        assert_eq!(seconds(Duration::from_millis(40)), "0.0 s");
        assert_eq!(seconds(Duration::from_millis(1_260)), "1.3 s");
        assert_eq!(seconds(Duration::from_millis(59_990)), "1 min 00 s");
        assert_eq!(seconds(Duration::from_secs(605)), "10 min 05 s");
    }

    #[test]
    fn a_failed_step_is_handed_on() {
        let mut steps = Steps::new();
        assert_eq!(steps.run("fine", || Ok(7)).unwrap(), 7);
        assert!(steps.run("bad", || Err::<(), _>(Failure::new("no", ""))).is_err());
        assert_eq!(
            steps.done.iter().map(|(.., ok)| *ok).collect::<Vec<_>>(),
            [true, false]
        );
    }
}
