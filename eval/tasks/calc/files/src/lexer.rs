//! Text to tokens.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Token {
    Number(i64),
    Sign(char),
}

#[derive(Debug, PartialEq, Eq)]
pub enum Error {
    Character(char, usize),
    TooLarge(usize),
}

/// The tokens of the text; blanks separate them.
pub fn tokens(text: &str) -> Result<Vec<Token>, Error> {
    let mut found = Vec::new();
    let mut letters = text.char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        match letter {
            ' ' => {}
            '+' | '-' | '*' | '/' | '(' | ')' => found.push(Token::Sign(letter)),
            '0'..='9' => {
                let mut number = i64::from(letter as u8 - b'0');
                while let Some(&(_, digit @ '0'..='9')) = letters.peek() {
                    let digit = i64::from(digit as u8 - b'0');
                    number = number.checked_mul(10).and_then(|n| n.checked_add(digit)).ok_or(Error::TooLarge(at))?;
                    letters.next();
                }
                found.push(Token::Number(number));
            }
            _ => return Err(Error::Character(letter, at)),
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_signs() {
        assert_eq!(tokens("12+(3)").unwrap(), [
            Token::Number(12),
            Token::Sign('+'),
            Token::Sign('('),
            Token::Number(3),
            Token::Sign(')'),
        ]);
    }

    #[test]
    fn errors_have_a_place() {
        assert_eq!(tokens("1 % 2"), Err(Error::Character('%', 2)));
        assert_eq!(tokens("1 + 99999999999999999999"), Err(Error::TooLarge(4)));
    }
}
