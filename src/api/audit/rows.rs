//! Rows of a table: comma-separated values (RFC 4180).

/// Their names.
pub const COLUMNS: [&str; 15] = [
    "id",
    "at",
    "tenant",
    "actor_kind",
    "actor",
    "key",
    "name",
    "address",
    "action",
    "subject_kind",
    "subject",
    "before",
    "after",
    "previous",
    "hash",
];

/// A row, with its end.
pub fn row<'a>(cells: impl IntoIterator<Item = &'a str>) -> String {
    let cells: Vec<String> = cells.into_iter().map(cell).collect();
    format!("{}\r\n", cells.join(","))
}

/// Names are chosen by strangers, and spreadsheets take what begins like this for a formula.
fn cell(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = if formula { format!("'{text}") } else { text.to_owned() };
    match text.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_quoted_where_it_has_to_be_and_is_no_formula() {
        assert_eq!(row(["a", "b c", ""]), "a,b c,\r\n");
        assert_eq!(row([r#"{"a":1}"#, "x,y", "1\n2"]), "\"{\"\"a\"\":1}\",\"x,y\",\"1\n2\"\r\n");
        assert_eq!(row(["=1+1", "@x", "a=b"]), "'=1+1,'@x,a=b\r\n");
    }
}
