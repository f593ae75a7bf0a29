use jaq_core::load::lex::StrPart;
use jaq_core::load::parse::Term;
use jaq_core::path::Part;

/// The most steps of a filter that can be under way at the same time. Each of them takes a part of the stack while a record is evaluated.
const MAX_DEPTH: usize = 64;

/// Refuses filters that would need too much of the stack.
pub(super) fn check(term: &Term<&str>) -> Result<(), String> {
    match of(term) {
        deep if deep > MAX_DEPTH => {
            Err(format!("{deep} of its steps are under way at the same time; the maximum is {MAX_DEPTH}"))
        }
        _ => Ok(()),
    }
}

/// Returns how deep jaq's evaluation goes. It works through the parts of a string, an object or a path as through nested steps.
fn of(term: &Term<&str>) -> usize {
    let deepest = |terms: &mut dyn Iterator<Item = &Term<&str>>| terms.map(of).max().unwrap_or(0);
    1 + match term {
        Term::Str(_, parts) => {
            let mut terms = parts.iter().filter_map(|part| match part {
                StrPart::Term(term) => Some(term),
                StrPart::Str(_) | StrPart::Char(_) => None,
            });
            parts.len() + deepest(&mut terms)
        }
        Term::Arr(inner) => inner.as_ref().map_or(0, |inner| of(inner)),
        Term::Obj(entries) => {
            entries.len()
                + deepest(&mut entries.iter().flat_map(|(key, value)| [Some(key), value.as_ref()]).flatten())
        }
        Term::Neg(inner) | Term::Label(_, inner) | Term::Def(_, inner) => of(inner),
        Term::TryCatch(inner, catch) => of(inner).max(catch.as_ref().map_or(0, |catch| of(catch))),
        Term::BinOp(left, _, right) => of(left).max(of(right)),
        Term::IfThenElse(branches, otherwise) => {
            let all = branches.iter().flat_map(|(condition, branch)| [condition, branch]);
            branches.len() + deepest(&mut all.chain(otherwise.as_deref()))
        }
        Term::Call(_, arguments) => 2 + deepest(&mut arguments.iter()),
        Term::Path(head, path) => {
            let indices = path.0.iter().flat_map(|(part, _)| match part {
                Part::Index(index) => [Some(index), None],
                Part::Range(from, to) => [from.as_ref(), to.as_ref()],
            });
            path.0.len() + of(head).max(deepest(&mut indices.flatten()))
        }
        Term::Id | Term::Recurse | Term::Num(_) | Term::Var(_) | Term::Break(_) | Term::Fold(..) => 0,
    }
}
