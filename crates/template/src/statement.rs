//! The inside of statements: what stands between `{%`, the statement's name and `%}`, with its expressions guarded.

use crate::{
    error::TemplateError,
    guard,
    names::Names,
    tokens::{Kind, Token},
};

/// That there is no such statement, and what to write instead.
pub(super) fn no_statement(name: &str) -> String {
    match name {
        "include" | "import" | "from" | "extends" | "block" => {
            format!("`{name}` is not available: a template stands alone")
        }
        "macro" | "call" => format!("`{name}` is not available; use {{% set %}} and loops"),
        "break" | "continue" => format!("`{name}` is not available; write {{% for x in list if … %}}"),
        "autoescape" | "do" => format!("`{name}` is not available, and not needed"),
        _ => format!("there is no statement `{name}`; there are if, for, set, with, filter and raw"),
    }
}

/// Where a token stands outside of brackets.
pub(super) fn position(tokens: &[Token], text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    tokens.iter().position(|token| {
        match token.text {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && token.text == text && token.kind != Kind::Text
    })
}

/// The tokens as they were written.
pub(super) fn plain(tokens: &[Token]) -> String {
    tokens.iter().flat_map(|token| [token.gap, token.text]).collect()
}

/// `x`, or `a, b`, or `(a, b)`.
pub(super) fn target_names(target: &[Token]) -> Result<String, TemplateError> {
    let fits = |token: &Token| match token.kind {
        Kind::Name => !token.text.starts_with("__"),
        Kind::Mark => matches!(token.text, "," | "(" | ")"),
        Kind::Text | Kind::Number => false,
    };
    match !target.is_empty() && target.len() <= 32 && target.iter().all(fits) {
        true => Ok(plain(target)),
        false => Err(TemplateError::new("names are missing, or are no names, before `=` or `in`")),
    }
}

/// `x in list`, `key, value in map|items`, `x in list if x.price > 3`
pub(super) fn for_loop(tokens: &[Token], names: &Names) -> Result<String, TemplateError> {
    let wrong = || TemplateError::new("write {% for name in list %}");
    let inside = position(tokens, "in").ok_or_else(wrong)?;
    let (target, rest) = tokens.split_at(inside);
    let list = &rest[1..];
    if list.last().is_some_and(|last| last.text == "recursive" && last.kind == Kind::Name) && list.len() > 1 {
        return Err(TemplateError::new("`recursive` is not available; write a loop for each level"));
    }
    let condition = position(list, "if").unwrap_or(list.len());
    let (list, condition) = list.split_at(condition);
    if list.is_empty() {
        return Err(wrong());
    }
    let mut inside = format!("{} in{}", target_names(target)?, guard::expression(list, names)?);
    if let [keyword, condition @ ..] = condition {
        inside.push_str(&[keyword.gap, keyword.text, &guard::expression(condition, names)?].concat());
    }
    Ok(inside)
}

/// `a = 1, b = 2`
pub(super) fn assignments(mut tokens: &[Token], names: &Names) -> Result<String, TemplateError> {
    let mut inside = String::new();
    while !tokens.is_empty() {
        let end = position(tokens, ",").unwrap_or(tokens.len());
        let (one, rest) = tokens.split_at(end);
        let equals = position(one, "=").ok_or_else(|| TemplateError::new("write {% with name = value %}"))?;
        let value = guard::expression(&one[equals + 1..], names)?;
        inside.push_str(&[&target_names(&one[..equals])?, " =", &value].concat());
        if let [comma, after @ ..] = rest {
            inside.push_str(&[comma.gap, comma.text].concat());
            tokens = after;
        } else {
            tokens = rest;
        }
    }
    Ok(inside)
}
