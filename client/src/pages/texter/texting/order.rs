use super::assignment::Summary;

/// The conversation `by` places further.
pub fn neighbour(all: &[Summary], id: &str, by: isize) -> Option<String> {
    let at = all.iter().position(|one| one.id == id)?;
    all.get(at.checked_add_signed(by)?).map(|one| one.id.clone())
}

/// The next contact after `id` who waits for an answer, from the top again after the end.
pub fn next_waiting(all: &[Summary], id: &str) -> Option<String> {
    let at = all.iter().position(|one| one.id == id)?;
    let round = all.iter().cycle().skip(at + 1).take(all.len().saturating_sub(1));
    round
        .filter(|one| one.status == "needsResponse")
        .map(|one| one.id.clone())
        .next()
}

/// The conversation `id` and those after it, `count` in all.
pub fn from(all: &[Summary], id: &str, count: usize) -> Vec<String> {
    all.iter()
        .skip_while(|one| one.id != id)
        .take(count)
        .map(|one| one.id.clone())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list() -> Vec<Summary> {
        [
            ("1", "convo"),
            ("2", "needsResponse"),
            ("3", "closed"),
            ("4", "needsResponse"),
        ]
        .map(|(id, status)| Summary {
            id: id.to_owned(),
            status: status.to_owned(),
            ..Summary::default()
        })
        .to_vec()
    }

    #[test]
    fn goes_on_to_the_next_who_waits() {
        assert_eq!(next_waiting(&list(), "2").as_deref(), Some("4"));
        assert_eq!(next_waiting(&list(), "4").as_deref(), Some("2"));
        let alone: Vec<_> = list().into_iter().take(2).collect();
        assert_eq!(next_waiting(&alone, "2"), None);
    }

    #[test]
    fn stops_at_both_ends() {
        assert_eq!(neighbour(&list(), "1", -1), None);
        assert_eq!(neighbour(&list(), "1", 1).as_deref(), Some("2"));
        assert_eq!(neighbour(&list(), "4", 1), None);
        assert_eq!(from(&list(), "3", 5), ["3", "4"]);
    }
}
