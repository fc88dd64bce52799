//! A calculator for whole numbers.

pub mod eval;
pub mod lexer;
pub mod roman;
