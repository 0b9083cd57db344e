//! Base64 texts back to what they encode.

use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};

use super::value::text;
use crate::{
    ir::{Pattern, Piece},
    sigma::{encode::transform, modifiers::Transform},
};

/// How text can be encoded before Base64: the modifiers for a search at any offset, and the transforms they are.
const ENCODINGS: [(&[&str], &[Transform]); 3] = [
    (&["wide", "base64offset", "contains"], &[Transform::Wide, Transform::Base64Offset]),
    (&["utf16be", "base64offset", "contains"], &[Transform::Utf16Be, Transform::Base64Offset]),
    (&["base64offset", "contains"], &[Transform::Base64Offset]),
];

/// The modifiers and the value that make these texts, those of one value at the three offsets.
pub(super) fn decoded(texts: &[String]) -> Option<(&'static [&'static str], String)> {
    let bytes = bytes(texts)?;
    let readings =
        [utf16(&bytes, u16::from_le_bytes), utf16(&bytes, u16::from_be_bytes), String::from_utf8(bytes).ok()];
    let expected: Vec<Pattern> = texts.iter().map(|text| Pattern::exact(text.as_str())).collect();
    ENCODINGS.iter().zip(readings).find_map(|((modifiers, transforms), reading)| {
        // Bytes that are read the wrong way give letters of far scripts or controls.
        let value = reading.filter(|value| value.chars().all(|c| c.is_ascii_graphic() || c == ' '))?;
        let again = transform(Pattern::exact(value.as_str()), transforms).ok()?;
        (again == expected).then(|| (*modifiers, text(&[Piece::Literal(value)])))
    })
}

/// The bytes that the text at offset 0 encodes. What is cut off at its end is whole in that of another offset.
fn bytes(texts: &[String]) -> Option<Vec<u8>> {
    let [first, second, third] = texts else { return None };
    let whole = first.len() / 4 * 4;
    let mut bytes = STANDARD_NO_PAD.decode(first.get(..whole)?).ok()?;
    let (other, missing) = match first.len() % 4 {
        0 => return Some(bytes),
        1 => (third, 1),
        2 => (second, 2),
        _ => return None,
    };
    let end = STANDARD_NO_PAD.decode(other.get(other.len().checked_sub(4)?..)?).ok()?;
    bytes.extend_from_slice(end.get(3 - missing..)?);
    Some(bytes)
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Option<String> {
    let units: Vec<u16> =
        bytes.chunks(2).map(|pair| Some(unit(pair.try_into().ok()?))).collect::<Option<_>>()?;
    String::from_utf16(&units).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn encoded(value: &str, transforms: &[Transform]) -> Vec<String> {
        let patterns = transform(Pattern::exact(value), transforms).unwrap();
        patterns.iter().map(|pattern| pattern.as_exact().unwrap().to_owned()).collect()
    }

    proptest! {
        #[test]
        fn what_was_encoded_is_found_again(value in "[ -)+->@-\\[\\]-~]{4,20}") {
            for (modifiers, transforms) in ENCODINGS {
                prop_assert_eq!(decoded(&encoded(&value, transforms)), Some((modifiers, value.clone())));
            }
        }

        #[test]
        fn other_texts_are_left_alone(texts in prop::collection::vec("[A-Za-z0-9+/é]{0,12}", 3)) {
            prop_assert_eq!(decoded(&texts), None);
        }
    }

    #[test]
    fn texts_at_fewer_offsets_encode_nothing() {
        assert_eq!(decoded(&["Zm9vYmFy".into()]), None);
    }
}
