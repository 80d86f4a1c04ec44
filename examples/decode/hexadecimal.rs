//! Octets as text: blanks, colons and a `0x` in front do not count.

/// Whether a file that begins so is such text.
pub(crate) fn is_text(start: &[u8]) -> bool {
    !start.is_empty()
        && start.iter().all(|octet| {
            octet.is_ascii_hexdigit() || octet.is_ascii_whitespace() || b":xX".contains(octet)
        })
}

/// # Errors
/// What is wrong, and at which character.
pub(crate) fn parse(text: &str) -> Result<Vec<u8>, String> {
    let mut octets = Vec::new();
    let mut half = None;
    for word in text.split_whitespace() {
        let start = word.as_ptr() as usize - text.as_ptr() as usize;
        let (skipped, digits) = match word.strip_prefix("0x").or_else(|| word.strip_prefix("0X")) {
            Some(digits) => (2, digits),
            None => (0, word),
        };
        for (at, character) in digits.char_indices().filter(|(_, of)| *of != ':') {
            let Some(digit) = character
                .to_digit(16)
                .and_then(|digit| u8::try_from(digit).ok())
            else {
                let at = start + skipped + at + 1;
                return Err(format!(
                    "no such file, and no hexadecimal text: {character:?} is character {at}"
                ));
            };
            match half.take() {
                Some(high) => octets.push(high << 4 | digit),
                None => half = Some(digit),
            }
        }
    }
    match half {
        Some(_) => Err("an odd number of hexadecimal digits".to_owned()),
        None if octets.is_empty() => Err("no octets".to_owned()),
        None => Ok(octets),
    }
}
