//! Roman numerals.

const SIGNS: [(u32, &str); 9] =
    [(100, "C"), (90, "XC"), (50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I")];

/// The numeral of 1 to 399; None for any other number.
pub fn roman(mut number: u32) -> Option<String> {
    if number == 0 || number > 399 {
        return None;
    }
    let mut text = String::new();
    for (value, sign) in SIGNS {
        while number >= value {
            text.push_str(sign);
            number -= value;
        }
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::roman;

    #[test]
    fn numerals() {
        for (number, text) in [(1, "I"), (4, "IV"), (9, "IX"), (14, "XIV"), (90, "XC"), (399, "CCCXCIX")] {
            assert_eq!(roman(number).as_deref(), Some(text), "{number}");
        }
    }

    #[test]
    fn no_numerals() {
        assert_eq!(roman(0), None);
        assert_eq!(roman(400), None);
    }
}
