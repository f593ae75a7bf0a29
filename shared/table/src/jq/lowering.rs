use crate::jq::cost::literal;
use crate::jq::functions::{Argument, Function};
use crate::jq::natives::{DIVIDE, INDEX, MULTIPLY, REMAINDER};
use crate::jq::regexes::Regexes;
use jaq_core::load::lex::StrPart;
use jaq_core::load::parse::{BinaryOp, Term};
use jaq_core::ops::Math;
use jaq_core::path::{Part, Path};

/// Replaces what jaq evaluates in a way that isn't safe by calls of our own functions, and compiles regular expressions.
///
/// The term must be one for which a [cost](crate::jq::cost) is known.
pub(super) fn lower<'s>(term: Term<&'s str>, regexes: &mut Regexes) -> Result<Term<&'s str>, String> {
    let mut lower = |term: Term<&'s str>| lower(term, regexes);
    Ok(match term {
        Term::Str(format, parts) => {
            let convert = format.unwrap_or("tostring");
            let mut lowered = Vec::with_capacity(parts.len());
            for part in parts {
                lowered.push(match part {
                    StrPart::Term(term) => StrPart::Term(piped(lower(term)?, convert)),
                    text => text,
                });
            }
            Term::Str(None, lowered)
        }
        Term::Arr(Some(inner)) => Term::Arr(Some(Box::new(lower(*inner)?))),
        Term::Obj(entries) => {
            let mut lowered = Vec::with_capacity(entries.len());
            for (key, value) in entries {
                lowered.push((lower(key)?, value.map(&mut lower).transpose()?));
            }
            Term::Obj(lowered)
        }
        Term::Neg(inner) => Term::Neg(Box::new(lower(*inner)?)),
        Term::BinOp(left, operator, right) => {
            let (left, right) = (lower(*left)?, lower(*right)?);
            match operator {
                BinaryOp::Math(Math::Mul) => Term::Call(MULTIPLY, vec![left, right]),
                BinaryOp::Math(Math::Div) => Term::Call(DIVIDE, vec![left, right]),
                BinaryOp::Math(Math::Rem) => Term::Call(REMAINDER, vec![left, right]),
                operator => Term::BinOp(Box::new(left), operator, Box::new(right)),
            }
        }
        Term::TryCatch(inner, catch) => Term::TryCatch(Box::new(lower(*inner)?), catch),
        Term::IfThenElse(branches, otherwise) => {
            let mut lowered = Vec::with_capacity(branches.len());
            for (condition, branch) in branches {
                lowered.push((lower(condition)?, lower(branch)?));
            }
            let otherwise = otherwise.map(|term| lower(*term).map(Box::new)).transpose()?;
            Term::IfThenElse(lowered, otherwise)
        }
        Term::Call(name, arguments) => {
            if Function::find(name, arguments.len())?.arguments.first() == Some(&Argument::Regex) {
                compile(name, &arguments, regexes)?;
                return Ok(Term::Call(name, arguments));
            }
            Term::Call(name, arguments.into_iter().map(lower).collect::<Result<_, _>>()?)
        }
        Term::Path(head, path) => {
            let head = lower(*head)?;
            let mut index = |term: Term<&'s str>| {
                Ok::<_, String>(match term {
                    constant @ (Term::Num(_) | Term::Str(None, _)) => lower(constant)?,
                    computed => piped(lower(computed)?, INDEX),
                })
            };
            let mut lowered = Vec::with_capacity(path.0.len());
            for (part, optional) in path.0 {
                let part = match part {
                    Part::Index(term) => Part::Index(index(term)?),
                    Part::Range(from, to) => {
                        Part::Range(from.map(&mut index).transpose()?, to.map(&mut index).transpose()?)
                    }
                };
                lowered.push((part, optional));
            }
            Term::Path(Box::new(head), Path(lowered))
        }
        simple => simple,
    })
}

fn piped<'s>(term: Term<&'s str>, function: &'s str) -> Term<&'s str> {
    let call = Term::Call(function, Vec::new());
    Term::BinOp(Box::new(term), BinaryOp::Pipe(None), Box::new(call))
}

fn compile(name: &str, arguments: &[Term<&str>], regexes: &mut Regexes) -> Result<(), String> {
    let text = literal(name, &arguments[0])?;
    let flags = match (name, arguments.get(1)) {
        ("test" | "capture", Some(flags)) => literal(name, flags)?,
        _ => String::new(),
    };
    regexes.add(&text, &flags)
}
