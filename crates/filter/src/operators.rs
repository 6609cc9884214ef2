//! The names of operators, and what they are called elsewhere.

pub(crate) const OPERATORS: [&str; 17] = [
    "$eq",
    "$neq",
    "$gt",
    "$gte",
    "$lt",
    "$lte",
    "$in",
    "$nin",
    "$contains",
    "$regex",
    "$exists",
    "$startsWith",
    "$endsWith",
    "$number",
    "$not",
    "$and",
    "$or",
];

/// What operators are called elsewhere, in small letters and without signs.
const ELSEWHERE: [(&str, &str); 20] = [
    ("ne", "$neq"),
    ("not_eq", "$neq"),
    ("notequal", "$neq"),
    ("equals", "$eq"),
    ("ge", "$gte"),
    ("min", "$gte"),
    ("le", "$lte"),
    ("max", "$lte"),
    ("notin", "$nin"),
    ("oneof", "$in"),
    ("anyof", "$in"),
    ("any", "$or"),
    ("all", "$and"),
    ("match", "$regex"),
    ("like", "$regex"),
    ("prefix", "$startsWith"),
    ("numeric", "$number"),
    ("toDouble", "$number"),
    ("toDecimal", "$number"),
    ("toNumber", "$number"),
];

/// The operator that was probably meant by one that is none.
pub(crate) fn meant(name: &str) -> Option<&'static str> {
    let plain = |name: &str| name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    let name = plain(name);
    let same = OPERATORS.iter().copied().find(|known| plain(known) == name);
    let elsewhere = || ELSEWHERE.iter().find(|(other, _)| plain(other) == name).map(|&(_, known)| known);
    let close = |known: &&str| {
        let known = plain(known);
        name.len() > 1 && (known.starts_with(&name) || name.starts_with(&known))
    };
    let nearest = || OPERATORS.iter().copied().filter(close).max_by_key(|known| known.len());
    same.or_else(elsewhere).or_else(nearest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operator_of_another_language_is_understood() {
        for (name, operator) in [
            ("$not_in", "$nin"),
            ("$ne", "$neq"),
            ("$GTE", "$gte"),
            ("$starts_with", "$startsWith"),
            ("$gtt", "$gt"),
            ("$like", "$regex"),
        ] {
            assert_eq!(meant(name), Some(operator), "{name}");
        }
        assert_eq!((meant("$price"), meant("$")), (None, None));
    }
}
