//! Tokens to a value.

use crate::lexer::{tokens, Token};

#[derive(Debug, PartialEq, Eq)]
pub enum Problem {
    Syntax,
    DividedByZero,
    Overflow,
}

/// The value of the text.
pub fn evaluate(text: &str) -> Result<i64, Problem> {
    let tokens = tokens(text).map_err(|_| Problem::Syntax)?;
    let mut rest = tokens.as_slice();
    let value = sum(&mut rest)?;
    if rest.is_empty() { Ok(value) } else { Err(Problem::Syntax) }
}

fn sum(rest: &mut &[Token]) -> Result<i64, Problem> {
    let mut value = product(rest)?;
    while let Some((Token::Sign(sign @ ('+' | '-')), after)) = rest.split_first() {
        *rest = after;
        let right = product(rest)?;
        let result = if *sign == '+' { value.checked_add(right) } else { value.checked_sub(right) };
        value = result.ok_or(Problem::Overflow)?;
    }
    Ok(value)
}

fn product(rest: &mut &[Token]) -> Result<i64, Problem> {
    let mut value = factor(rest)?;
    while let Some((Token::Sign(sign @ ('*' | '/')), after)) = rest.split_first() {
        *rest = after;
        let right = factor(rest)?;
        if *sign == '/' && right == 0 {
            return Err(Problem::DividedByZero);
        }
        let result = if *sign == '*' { value.checked_mul(right) } else { value.checked_div(right) };
        value = result.ok_or(Problem::Overflow)?;
    }
    Ok(value)
}

fn factor(rest: &mut &[Token]) -> Result<i64, Problem> {
    let (first, after) = rest.split_first().ok_or(Problem::Syntax)?;
    *rest = after;
    match first {
        Token::Number(number) => Ok(*number),
        Token::Sign('(') => {
            let value = sum(rest)?;
            let (close, after) = rest.split_first().ok_or(Problem::Syntax)?;
            *rest = after;
            if *close == Token::Sign(')') { Ok(value) } else { Err(Problem::Syntax) }
        }
        Token::Sign(_) => Err(Problem::Syntax),
    }
}
