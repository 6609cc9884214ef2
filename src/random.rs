//! Random bytes from the operating system: for keys, nonces, ids and seeds.

/// `N` random bytes.
///
/// # Panics
/// If the system has none, in which case nothing that needs secrets may go on.
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    bytes
}
