//! Secrets at rest: webhook settings and secrets are sealed with XChaCha20-Poly1305 under a data key,
//! and the data key is stored wrapped by the master key, so that rotating the master key re-wraps one row.
//!
//! A sealed value is `version (1 byte) ‖ nonce (24) ‖ ciphertext and tag`. The name of the place it belongs to is
//! authenticated with it, so that a row's secret moved into another row does not open.

use std::{
    fs, io,
    io::Write,
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::Path,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use chacha20poly1305::{
    AeadInOut, Key, KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use zeroize::Zeroizing;

use crate::random;

const VERSION: u8 = 1;
const NONCE_LEN: usize = 24;
const TAG_LEN: usize = 16;

/// Seals and opens under one key. `Debug` shows nothing of it.
#[derive(Clone)]
pub struct Sealer(XChaCha20Poly1305);

impl std::fmt::Debug for Sealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sealer([redacted])")
    }
}

/// A sealed value that does not open: another key, another place, or damage.
#[derive(Debug, thiserror::Error)]
#[error("a sealed value does not open; is this the master key that the data was made with?")]
pub struct SealError;

impl Sealer {
    /// Under this key.
    pub fn new(key: &[u8; 32]) -> Sealer {
        Sealer(XChaCha20Poly1305::new(&Key::from(*key)))
    }

    /// Seals `plain` for `place`.
    pub fn seal(&self, place: &str, plain: &[u8]) -> Vec<u8> {
        let nonce: [u8; NONCE_LEN] = random::nonce();
        let mut out = Vec::with_capacity(1 + NONCE_LEN + plain.len() + TAG_LEN);
        out.push(VERSION);
        out.extend_from_slice(&nonce);
        out.extend_from_slice(plain);
        let text = (&mut out[1 + NONCE_LEN..]).into();
        let tag = self.0.encrypt_inout_detached(&XNonce::from(nonce), place.as_bytes(), text);
        // XChaCha20-Poly1305 fails only for messages over 256 GiB.
        out.extend_from_slice(&tag.expect("a message under 256 GiB"));
        out
    }

    /// Opens what was sealed for `place`.
    pub fn open(&self, place: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let (&version, rest) = sealed.split_first().ok_or(SealError)?;
        let (nonce, sealed) = rest.split_first_chunk::<NONCE_LEN>().ok_or(SealError)?;
        if version != VERSION {
            return Err(SealError);
        }
        let payload = Payload { msg: sealed, aad: place.as_bytes() };
        self.0.decrypt(&XNonce::from(*nonce), payload).map(Zeroizing::new).map_err(|_| SealError)
    }
}

/// The key that wraps the data key. From `LANEHOOK_MASTER_KEY` or from a file that only its owner can read.
pub struct MasterKey(Zeroizing<[u8; 32]>);

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MasterKey([redacted])")
    }
}

/// A master key that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum MasterKeyError {
    /// Not 32 bytes of base64.
    #[error("a master key is 32 random bytes in base64, as `openssl rand -base64 32` prints them")]
    Malformed,
    /// The file cannot be read or made.
    #[error("the master key file {path}: {source}")]
    File { path: String, source: io::Error },
    /// Others can read the file.
    #[error("the master key file {path} can be read by others (mode {mode:o}); run `chmod 600 {path}`")]
    Exposed { path: String, mode: u32 },
    /// A database is there, and the key that it was made with is not.
    #[error(
        "the master key file {path} is missing, and the database beside it can be read with that key only; put it back from where you keep it, or give the key as LANEHOOK_MASTER_KEY"
    )]
    Missing { path: String },
}

impl MasterKey {
    /// From base64.
    pub fn parse(text: &str) -> Result<MasterKey, MasterKeyError> {
        let bytes = Zeroizing::new(STANDARD.decode(text.trim()).map_err(|_| MasterKeyError::Malformed)?);
        let key = <[u8; 32]>::try_from(bytes.as_slice()).map_err(|_| MasterKeyError::Malformed)?;
        Ok(MasterKey(Zeroizing::new(key)))
    }

    /// From the file, which is made with a fresh key and mode 0600 if it is not there.
    pub fn load_or_create(path: &Path) -> Result<MasterKey, MasterKeyError> {
        match MasterKey::load(path) {
            Err(MasterKeyError::File { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                MasterKey::create(path)?;
                MasterKey::load(path)
            }
            loaded => loaded,
        }
    }

    /// From a file that is there.
    pub fn load(path: &Path) -> Result<MasterKey, MasterKeyError> {
        let failed = |source| MasterKeyError::File { path: path.display().to_string(), source };
        let text = Zeroizing::new(fs::read_to_string(path).map_err(failed)?);
        let mode = fs::metadata(path).map_err(failed)?.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(MasterKeyError::Exposed { path: path.display().to_string(), mode });
        }
        MasterKey::parse(&text)
    }

    /// Written aside and then given its name, so that a process killed meanwhile leaves no half a key. If another process is
    /// faster, its key counts.
    fn create(path: &Path) -> Result<(), MasterKeyError> {
        let failed = |source| MasterKeyError::File { path: path.display().to_string(), source };
        let key = MasterKey(Zeroizing::new(random::bytes()));
        // Behind the whole name: a next key and the first are made beside each other.
        let mut aside = path.as_os_str().to_owned();
        aside.push(format!(".new.{}", std::process::id()));
        let aside = Path::new(&aside);
        MasterKey::write_private(aside, key.to_text().as_bytes()).map_err(failed)?;
        let named = fs::hard_link(aside, path);
        fs::remove_file(aside).map_err(failed)?;
        match named {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(failed(error)),
            _ => {}
        }
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)?;
        }
        Ok(())
    }

    /// Writes a file that only its owner can read, and has it on the disk.
    pub fn write_private(path: &Path, text: &[u8]) -> io::Result<()> {
        let mut options = fs::OpenOptions::new();
        let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(path)?;
        file.write_all(text).and_then(|()| file.sync_all())
    }

    /// As [`MasterKey::parse`] reads it: for its file, and for whoever owns that.
    pub fn to_text(&self) -> Zeroizing<String> {
        Zeroizing::new(format!("{}\n", STANDARD.encode(&self.0[..])))
    }

    /// A fresh data key, wrapped.
    pub fn new_data_key(&self) -> (Sealer, Vec<u8>) {
        let key = Zeroizing::new(random::bytes::<32>());
        (Sealer::new(&key), self.wrap(&key))
    }

    fn wrap(&self, data_key: &[u8; 32]) -> Vec<u8> {
        Sealer::new(&self.0).seal("data key", data_key)
    }

    fn unwrap_key(&self, wrapped: &[u8]) -> Result<Zeroizing<[u8; 32]>, SealError> {
        let plain = Sealer::new(&self.0).open("data key", wrapped)?;
        <[u8; 32]>::try_from(plain.as_slice()).map(Zeroizing::new).map_err(|_| SealError)
    }

    /// The data key that was wrapped under this master key.
    pub fn open_data_key(&self, wrapped: &[u8]) -> Result<Sealer, SealError> {
        self.unwrap_key(wrapped).map(|key| Sealer::new(&key))
    }

    /// The same data key, wrapped by `next` instead.
    pub fn rewrap(&self, wrapped: &[u8], next: &MasterKey) -> Result<Vec<u8>, SealError> {
        self.unwrap_key(wrapped).map(|key| next.wrap(&key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_value_opens_only_in_its_place_and_unaltered() {
        let sealer = Sealer::new(&random::bytes());
        let sealed = sealer.seal("webhook 1", b"secret");
        assert_eq!(&sealer.open("webhook 1", &sealed).unwrap()[..], b"secret");
        assert!(sealer.open("webhook 2", &sealed).is_err());
        for place in 0..sealed.len() {
            let mut altered = sealed.clone();
            altered[place] ^= 1;
            assert!(sealer.open("webhook 1", &altered).is_err(), "byte {place}");
        }
        assert!(sealer.open("webhook 1", &[]).is_err());
    }

    #[test]
    fn rotating_the_master_key_keeps_what_was_sealed() {
        let (old, new) = (MasterKey(Zeroizing::new(random::bytes())), MasterKey(Zeroizing::new(random::bytes())));
        let (sealer, wrapped) = old.new_data_key();
        let sealed = sealer.seal("x", b"kept");
        let rewrapped = old.rewrap(&wrapped, &new).unwrap();
        assert_eq!(&new.open_data_key(&rewrapped).unwrap().open("x", &sealed).unwrap()[..], b"kept");
        assert!(old.open_data_key(&rewrapped).is_err());
    }

    #[test]
    fn the_key_file_is_private_and_an_exposed_one_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        MasterKey::load_or_create(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let first = fs::read_to_string(&path).unwrap();
        MasterKey::load_or_create(&path).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), first, "made once");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(MasterKey::load_or_create(&path), Err(MasterKeyError::Exposed { .. })));
    }
}
