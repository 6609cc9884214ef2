/// The value of a header that is there once. Of two, another program may look at the other one.
fn only<'h>(headers: &'h http::HeaderMap, name: &str) -> Option<&'h str> {
    let mut values = headers.get_all(name).iter();
    let first = values.next()?;
    if values.next().is_none() { first.to_str().ok() } else { None }
}
