//! Random bytes: for keys, nonces, ids and seeds.

use rand::Rng as _;

/// `N` random bytes from the operating system.
///
/// # Panics
/// If the system has none, in which case nothing that needs secrets may go on.
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    bytes
}

/// `N` random bytes for a nonce, of which there is one for each attempt: from this thread's own generator, a cipher (ChaCha12)
/// that the operating system seeds, and seeds anew every 64 KiB. A nonce is no secret and only may not come twice; asking the
/// system for each would cost as much as sealing what it is for.
pub fn nonce<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    rand::rng().fill_bytes(&mut bytes);
    bytes
}
