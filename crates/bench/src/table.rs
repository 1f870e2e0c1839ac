//! The table of the report.

/// The cells of one line.
pub type Cells = [String; HEAD.len()];

const HEAD: [&str; 12] = [
    "operation",
    "texters",
    "per s",
    "p50 ms",
    "p99 ms",
    "max ms",
    "SQL/op",
    "server CPU ms/op",
    "PG CPU ms/op",
    "bench CPU ms/op",
    "other CPU %",
    "errors",
];

/// A Markdown table: names to the left, numbers to the right.
pub fn markdown(rows: &[Cells]) -> String {
    let head = HEAD.map(str::to_owned);
    let widths: Vec<usize> = (0..head.len())
        .map(|at| {
            rows.iter()
                .chain([&head])
                .filter_map(|row| row.get(at))
                .map(|cell| cell.chars().count())
                .max()
        })
        .map(|width| width.unwrap_or(0).max(3))
        .collect();
    let line = |cells: &Cells| {
        let mut line = String::from("|");
        for (at, (cell, width)) in cells.iter().zip(&widths).enumerate() {
            line.push_str(&if at == 0 {
                format!(" {cell:<width$} |")
            } else {
                format!(" {cell:>width$} |")
            });
        }
        line + "\n"
    };
    let mut rule = String::from("|");
    for (at, width) in widths.iter().enumerate() {
        rule.push_str(&if at == 0 {
            format!(" {} |", "-".repeat(*width))
        } else {
            format!(" {}: |", "-".repeat(width - 1))
        });
    }
    line(&head) + &rule + "\n" + &rows.iter().map(line).collect::<String>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_aligned() {
        let mut row = HEAD.map(|_| "1".to_owned());
        row[0] = "sendMessage".to_owned();
        let text = markdown(&[row]);
        let widths: Vec<usize> = text.lines().map(str::len).collect();
        assert_eq!(widths.len(), 3);
        assert!(widths.windows(2).all(|pair| pair[0] == pair[1]), "{text}");
    }
}
