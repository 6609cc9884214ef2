//! Compressed bodies, and those that mean harm.

use std::io::Write as _;

use flate2::{Compression, write::GzEncoder};
use zstd_safe::{CCtx, CParameter};

use super::{
    Coding::{Gzip, Zstd},
    *,
};
use crate::budget::Budget;

const OWN: TenantKey = TenantKey(1);

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// With the parameters of the library's encoder.
fn zstd(bytes: &[u8], parameters: &[CParameter]) -> Vec<u8> {
    let (mut encoder, mut encoded) = (CCtx::create(), Vec::with_capacity(zstd_safe::compress_bound(bytes.len())));
    for parameter in parameters {
        encoder.set_parameter(*parameter).unwrap();
    }
    encoder.compress2(&mut encoded, bytes).unwrap();
    encoded
}

/// The frame's header and its blocks: `(type, size, content)`.
fn frame(header: &[u8], blocks: &[(u32, u32, &[u8])]) -> Vec<u8> {
    let mut frame = [&[0x28, 0xb5, 0x2f, 0xfd], header].concat();
    for (place, (kind, size, content)) in blocks.iter().enumerate() {
        let is_last = u32::from(place + 1 == blocks.len());
        frame.extend_from_slice(&(is_last | kind << 1 | size << 3).to_le_bytes()[..3]);
        frame.extend_from_slice(content);
    }
    frame
}

const RAW: u32 = 0;
const RLE: u32 = 1;
const COMPRESSED: u32 = 2;
/// No size of the content, and a window of 2 GiB, the largest that the library takes.
const HUGE_WINDOW: [u8; 2] = [0, 21 << 3];

fn refused(coding: Coding, encoded: &[u8], limit: usize) -> Code {
    coding.decode(encoded, limit, &mut Budget::new(1 << 30).nothing(OWN)).unwrap_err().code()
}

#[test]
fn a_gzip_stream_has_several_members_but_not_a_great_many() {
    let members = |count: usize| [gzip(b"").repeat(count - 1), gzip(b"{}")].concat();
    let decoded = Gzip.decode(&members(MOST_MEMBERS), 9, &mut Budget::new(1 << 30).nothing(OWN)).unwrap();
    assert_eq!(decoded, b"{}");
    assert_eq!(refused(Gzip, &members(MOST_MEMBERS + 1), 9), Code::InvalidBody);
    assert_eq!(refused(Gzip, &[gzip(b"{}"), b"{}".to_vec()].concat(), 9), Code::InvalidBody, "more behind it");
}

#[test]
fn what_is_decoded_is_bounded_and_counted() {
    let spaces = vec![b' '; 64 << 20];
    let blocks = vec![(RLE, 128 << 10, &b" "[..]); 512];
    let bombs = [
        (Gzip, gzip(&spaces)),
        (Zstd, zstd(&spaces, &[])),
        (Zstd, zstd(&spaces, &[CParameter::ContentSizeFlag(false)])),
        (Zstd, frame(&HUGE_WINDOW, &blocks)),
    ];
    for (coding, bomb) in &bombs {
        let budget = Budget::new(1 << 20);
        let mut held = budget.nothing(OWN);
        assert!(bomb.len() < 100_000);
        assert_eq!(coding.decode(bomb, 100_000, &mut held).unwrap_err().code(), Code::BodyTooLarge);
        assert!(held.amount() <= 100_000, "{}", held.amount());
        assert_eq!(coding.decode(bomb, 64 << 20, &mut held).unwrap_err().code(), Code::TooManyRequests);
        drop(held);
        assert_eq!(budget.taken(), 0);
    }
    let text = b"{}".repeat(20_000);
    for (coding, encoded) in [(Gzip, gzip(&text)), (Zstd, zstd(&text, &[]))] {
        let budget = Budget::new(1 << 20);
        let mut held = budget.nothing(OWN);
        assert_eq!(coding.decode(&encoded, 40_000, &mut held).unwrap(), text);
        assert_eq!((budget.taken(), refused(coding, &encoded, 39_999)), (held.amount(), Code::BodyTooLarge));
    }
}

#[test]
fn a_body_can_have_several_parts() {
    let mut held = Budget::new(1 << 20).nothing(OWN);
    let two = [gzip(b"ab"), gzip(b"cd")].concat();
    assert_eq!(Gzip.decode(&two, 4, &mut held).unwrap(), b"abcd", "members");
    let skippable = b"\x50\x2a\x4d\x18\x03\0\0\0abc".to_vec();
    let frames = [skippable.clone(), zstd(b"ab", &[]), skippable, zstd(b"cd", &[CParameter::ChecksumFlag(true)])];
    assert_eq!(Zstd.decode(&frames.concat(), 4, &mut held).unwrap(), b"abcd", "frames");
}

#[test]
fn zstd_is_decoded_however_it_was_made() {
    let text: Vec<u8> =
        (0..30_000).flat_map(|n| format!("{{\"n\":{n},\"x\":{}}}", n * 7919 % 1013).into_bytes()).collect();
    let settings = [1, 3, 9, 19, -5].map(CParameter::CompressionLevel);
    for level in settings {
        for more in [CParameter::ChecksumFlag(true), CParameter::ContentSizeFlag(false), CParameter::WindowLog(10)] {
            let mut held = Budget::new(4 << 20).nothing(OWN);
            let decoded = Zstd.decode(&zstd(&text, &[level, more]), text.len(), &mut held).unwrap();
            assert!(decoded == text && held.amount() == text.len(), "{level:?} {more:?}");
        }
    }
    // printf '{"type":"a","data":1}' | zstd, of version 1.5
    let of_the_program = b"(\xb5/\xfd\x04X\xa9\x00\x00{\x22type\x22:\x22a\x22,\x22data\x22:1}\x10d\xee\xaf";
    let mut held = Budget::new(1 << 20).nothing(OWN);
    assert_eq!(Zstd.decode(of_the_program, 100, &mut held).unwrap(), b"{\"type\":\"a\",\"data\":1}");
    assert_eq!(held.amount(), 21, "what was held for a whole block is given back");
}

#[test]
fn what_is_not_encoded_as_it_says_is_refused() {
    let text = b"{\"type\":\"a\",\"data\":1}";
    for (coding, whole) in [(Gzip, gzip(text)), (Zstd, zstd(text, &[CParameter::ChecksumFlag(true)]))] {
        for wrong in [&b""[..], b"{}", &whole[..whole.len() - 1], &whole[..12], &[&whole[..], b"x"].concat()] {
            // What follows the last member of gzip is ignored, as the program gzip does.
            if coding == Zstd || wrong.len() <= whole.len() {
                assert_eq!(refused(coding, wrong, 1_000), Code::InvalidBody, "{coding:?} {wrong:?}");
            }
        }
        let mut changed = whole.clone();
        *changed.last_mut().unwrap() ^= 1;
        assert_eq!(refused(coding, &changed, 1_000), Code::InvalidBody, "its checksum tells");
    }
}

#[test]
fn frames_of_zstd_that_mean_harm_are_refused() {
    // A window of 2 GiB costs nothing.
    let mut held = Budget::new(200_000).nothing(OWN);
    let huge = frame(&HUGE_WINDOW, &[(RAW, 2, b"{}")]);
    assert_eq!((Zstd.decode(&huge, 10, &mut held).unwrap(), held.amount()), (b"{}".to_vec(), 2));
    // A single segment of 5 bytes that has 4,096.
    assert_eq!(refused(Zstd, &frame(&[0x20, 5], &[(RLE, 4096, b"x")]), 1 << 20), Code::InvalidBody);
    // A block of a million bytes out of five: literals that are one byte repeated, and no sequences.
    let literals = [0b1111_1101, 0xff, 0xff, b'x', 0];
    assert_eq!(refused(Zstd, &frame(&HUGE_WINDOW, &[(COMPRESSED, 5, &literals)]), 4 << 20), Code::InvalidBody);
    // A dictionary that nobody has.
    assert_eq!(refused(Zstd, &frame(&[0x01, 0, 77], &[(RAW, 2, b"{}")]), 1_000), Code::InvalidBody);
    // The reserved kind of a block, and frames that say nothing, as many as a body has room for.
    assert_eq!(refused(Zstd, &frame(&HUGE_WINDOW, &[(3, 2, b"{}")]), 1_000), Code::InvalidBody);
    let nothing = frame(&[0x20, 0], &[(RAW, 0, b"")]).repeat(100_000);
    assert_eq!(Zstd.decode(&nothing, 1_000, &mut held).unwrap(), b"");
}

#[test]
fn codings_are_named_or_refused() {
    let of = |names: &[&'static str]| {
        let header = |name: &&'static str| (CONTENT_ENCODING, http::HeaderValue::from_static(name));
        Coding::of(&names.iter().map(header).collect())
    };
    for (name, coding) in
        [("", None), ("identity", None), ("GZip", Some(Gzip)), ("x-gzip", Some(Gzip)), ("zstd", Some(Zstd))]
    {
        assert_eq!(of(&[name]).unwrap(), coding, "{name}");
    }
    assert_eq!(of(&[]).unwrap(), None);
    for wrong in [&["br"][..], &["gzip, gzip"], &["gzip", "gzip"], &["zstd, gzip"], &["deflate"]] {
        assert_eq!(of(wrong).unwrap_err().code(), Code::UnsupportedMediaType, "{wrong:?}");
    }
}
