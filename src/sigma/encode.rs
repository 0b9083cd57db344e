//! Transforms of text values: dashes, UTF-16, base64.

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::modifiers::Transform;
use crate::ir::{Pattern, Piece};

/// How many variants `windash` may make of one value: four dashes' worth.
const MAX_VARIANTS: usize = DASHES.len().pow(4);

/// How much text they may have together, in bytes.
const MAX_BYTES: usize = 16 << 20;

/// The characters that Windows tools take for an option's dash: hyphen, slash, en dash, em dash, horizontal bar.
const DASHES: [char; 5] = ['-', '/', '–', '—', '―'];

/// Applies transforms in order; the results are alternatives.
///
/// # Errors
/// One clause that says why the value cannot be transformed.
pub(super) fn transform(pattern: Pattern, transforms: &[Transform]) -> Result<Vec<Pattern>, String> {
    let mut patterns = vec![pattern];
    let mut encoding = None;
    for transform in transforms {
        match transform {
            Transform::WinDash => {
                let variants: Result<Vec<_>, String> = patterns.iter().map(dash_variants).collect();
                patterns = variants?.concat();
            }
            Transform::Utf16 | Transform::Utf16Le | Transform::Wide | Transform::Utf16Be => {
                encoding = Some(*transform);
            }
            Transform::Base64 => {
                let encoded: Result<Vec<_>, String> = patterns
                    .iter()
                    .map(|pattern| Ok(Pattern::exact(STANDARD.encode(bytes(pattern, encoding)?))))
                    .collect();
                patterns = encoded?;
            }
            Transform::Base64Offset => {
                let encoded: Result<Vec<_>, String> =
                    patterns.iter().map(|pattern| base64_offsets(&bytes(pattern, encoding)?)).collect();
                patterns = encoded?.into_iter().flatten().map(Pattern::exact).collect();
            }
        }
    }
    Ok(patterns)
}

/// The bytes of a literal value in an encoding, UTF-8 if none was asked for.
fn bytes(pattern: &Pattern, encoding: Option<Transform>) -> Result<Vec<u8>, String> {
    let Some(text) = pattern.as_exact() else {
        return Err("a value with wildcards cannot be encoded".to_owned());
    };
    if text.is_empty() {
        return Err("an empty value cannot be encoded".to_owned());
    }
    let big_endian = |unit: u16| unit.to_be_bytes();
    let little_endian = |unit: u16| unit.to_le_bytes();
    Ok(match encoding {
        Some(Transform::Utf16Be) => text.encode_utf16().flat_map(big_endian).collect(),
        Some(Transform::Utf16Le | Transform::Wide) => text.encode_utf16().flat_map(little_endian).collect(),
        Some(Transform::Utf16) => {
            std::iter::once(0xFEFF).chain(text.encode_utf16()).flat_map(little_endian).collect()
        }
        _ => text.as_bytes().to_vec(),
    })
}

/// What is certain of the base64 of a text that holds `bytes`, for each of the three offsets at which they can
/// start: the characters that share bits with what stands before or after are cut off.
fn base64_offsets(bytes: &[u8]) -> Result<Vec<String>, String> {
    const CUT_AT_START: [usize; 3] = [0, 2, 3];
    const CUT_AT_END: [usize; 3] = [0, 3, 2];
    (0..3)
        .map(|offset| {
            let mut padded = vec![b' '; offset];
            padded.extend_from_slice(bytes);
            let encoded = STANDARD.encode(&padded);
            let certain = CUT_AT_START[offset]..encoded.len() - CUT_AT_END[padded.len() % 3];
            encoded.get(certain).filter(|text| !text.is_empty()).map(str::to_owned)
        })
        .collect::<Option<_>>()
        .ok_or_else(|| "the value is too short to be found at every base64 offset".to_owned())
}

/// The value with each dash that starts a word replaced by each of [`DASHES`], as written first.
fn dash_variants(pattern: &Pattern) -> Result<Vec<Pattern>, String> {
    let mut variants = vec![Pattern::default()];
    for piece in pattern.pieces() {
        let mut rest = match piece {
            Piece::Literal(text) => text.as_str(),
            Piece::AnyRun | Piece::AnyOne => {
                push_to_all(&mut variants, piece);
                continue;
            }
        };
        let literal = rest;
        while let Some((before, dash, after)) = split_at_dash(literal, rest) {
            let count = variants.len() * DASHES.len();
            if count > MAX_VARIANTS || count * literal.len() > MAX_BYTES {
                return Err(format!("`windash` would make more than {MAX_VARIANTS} variants of the value"));
            }
            push_to_all(&mut variants, &Piece::Literal(before.to_owned()));
            variants = with_each_dash(&variants, dash);
            rest = after;
        }
        push_to_all(&mut variants, &Piece::Literal(rest.to_owned()));
    }
    Ok(variants)
}

fn push_to_all(variants: &mut [Pattern], piece: &Piece) {
    for variant in variants {
        variant.push(piece.clone());
    }
}

/// Each variant followed by each of the dashes, those with the dash as written first.
fn with_each_dash(variants: &[Pattern], written: char) -> Vec<Pattern> {
    let others = DASHES.into_iter().filter(|other| *other != written);
    let mut longer = Vec::with_capacity(variants.len() * DASHES.len());
    for dash in std::iter::once(written).chain(others) {
        for variant in variants {
            let mut variant = variant.clone();
            variant.push(Piece::Literal(dash.to_string()));
            longer.push(variant);
        }
    }
    longer
}

/// Splits `rest`, the end of `text`, at its first dash that stands before a word and not after one.
fn split_at_dash<'a>(text: &'a str, rest: &'a str) -> Option<(&'a str, char, &'a str)> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let offset = text.len() - rest.len();
    rest.char_indices().find_map(|(at, c)| {
        let (before, after) = (&rest[..at], &rest[at + c.len_utf8()..]);
        let starts_word =
            DASHES.contains(&c) && after.starts_with(is_word) && !text[..offset + at].ends_with(is_word);
        starts_word.then_some((before, c, after))
    })
}
