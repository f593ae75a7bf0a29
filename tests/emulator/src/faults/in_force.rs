//! The fault rules in force, and the decision which request each of them hits.

use std::sync::{Mutex, MutexGuard};

use super::effects::Effect;
use super::rule::Rule;
use super::subject::Subject;
use crate::lock::lock;

/// Fault rules that can be changed while requests are served.
///
/// The first rule that hits a request decides. What a rule does at its nth request depends only on the seed, the rule's index and n. So
/// the same requests in the same order get the same faults, whatever the other rules do.
#[derive(Debug)]
pub struct Faults {
    seed: u64,
    armed: Mutex<Vec<Armed>>,
}

/// A rule, and the number of matching requests so far.
#[derive(Debug)]
struct Armed {
    rule: Rule,
    seen: u64,
}

/// A fault that hits a request.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Struck<E> {
    /// The fault's name in JSON.
    pub(crate) name: &'static str,
    pub(crate) effect: E,
}

impl Faults {
    pub(crate) fn new(seed: u64, rules: Vec<Rule>) -> Self {
        let faults = Self { seed, armed: Mutex::new(Vec::new()) };
        faults.set(rules);
        faults
    }

    /// Replaces all rules. Each starts counting from 1.
    ///
    /// # Panics
    ///
    /// Panics if a rule can never fire, because a test with such a rule would not test what it claims to. [`Rule::check`] reports such a
    /// rule without panicking.
    pub fn set(&self, rules: Vec<Rule>) {
        rules.iter().for_each(must_fire);
        *self.armed() = rules.into_iter().map(|rule| Armed { rule, seen: 0 }).collect();
    }

    /// Adds a rule after the others.
    ///
    /// # Panics
    ///
    /// Panics if the rule can never fire, like [`Faults::set`].
    pub fn add(&self, rule: Rule) {
        must_fire(&rule);
        self.armed().push(Armed { rule, seen: 0 });
    }

    /// Removes all rules.
    pub fn clear(&self) {
        self.set(Vec::new());
    }

    /// Returns the rules that can still hit a request, in order.
    pub(crate) fn unspent(&self) -> Vec<Rule> {
        let armed = self.armed();
        armed
            .iter()
            .filter(|armed| !armed.rule.is_spent(armed.seen))
            .map(|armed| armed.rule.clone())
            .collect()
    }

    /// Returns all rules, in order.
    pub fn rules(&self) -> Vec<Rule> {
        self.armed().iter().map(|armed| armed.rule.clone()).collect()
    }

    /// Returns the fault that hits a request, if any. The request counts as an occurrence for every rule that matches it.
    pub(crate) fn strike<E: Effect>(&self, operation: &str, subject: Subject<'_>) -> Option<Struck<E>> {
        let mut struck = None;
        for (index, armed) in self.armed().iter_mut().enumerate() {
            if !armed.rule.matches(operation, subject) {
                continue;
            }
            armed.seen += 1;
            let hits = armed.rule.hits(armed.seen, draw(self.seed, index as u64, armed.seen));
            if hits && struck.is_none() {
                let name = armed.rule.fault.name();
                struck = E::of(&armed.rule.fault).map(|effect| Struck { name, effect });
            }
        }
        struck
    }

    fn armed(&self) -> MutexGuard<'_, Vec<Armed>> {
        lock(&self.armed)
    }
}

#[allow(clippy::panic, reason = "documented: the caller has written a rule that can never fire")]
fn must_fire(rule: &Rule) {
    if let Err(error) = rule.check() {
        panic!("{error}");
    }
}

/// Returns a number between 0 and 1 that depends only on the three arguments.
fn draw(seed: u64, rule: u64, occurrence: u64) -> f64 {
    let mut random = fastrand::Rng::with_seed(seed);
    let rule = random.u64(..) ^ rule.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut random = fastrand::Rng::with_seed(rule);
    let occurrence = random.u64(..) ^ occurrence.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    fastrand::Rng::with_seed(occurrence).f64()
}

#[cfg(test)]
mod tests {
    use super::{Faults, Rule, Subject};
    use crate::faults::catalog::Fault;
    use crate::faults::effects::{GatewayFault, RequestFault};

    const OBJECT: Subject<'_> = Subject {
        bucket: Some("lake"),
        object: Some("a/b"),
        stream: None,
        stream_name: None,
        path_prefix: None,
    };

    fn strikes(faults: &Faults, requests: usize) -> Vec<bool> {
        (0..requests).map(|_| faults.strike::<RequestFault>("PutObject", OBJECT).is_some()).collect()
    }

    #[test]
    fn the_same_seed_gives_the_same_faults() {
        let rule = || vec![Rule::new("*", Fault::ResetAfter).probability(0.3)];
        let first = strikes(&Faults::new(7, rule()), 1000);
        assert_eq!(first, strikes(&Faults::new(7, rule()), 1000));
        assert_ne!(first, strikes(&Faults::new(8, rule()), 1000));
        let hits = first.iter().filter(|&&hit| hit).count();
        assert!((250..350).contains(&hits), "{hits} of 1000 at 0.3");
    }

    #[test]
    fn requests_of_another_kind_do_not_move_the_faults() {
        let rule = || vec![Rule::new("PutObject", Fault::InternalError).probability(0.5)];
        let (alone, among) = (Faults::new(1, rule()), Faults::new(1, rule()));
        let expected = strikes(&alone, 50);
        let mixed: Vec<bool> = (0..50)
            .map(|_| {
                assert_eq!(among.strike::<RequestFault>("GetObject", OBJECT), None);
                among.strike::<RequestFault>("PutObject", OBJECT).is_some()
            })
            .collect();
        assert_eq!(mixed, expected);
    }

    #[test]
    fn occurrences_are_counted_from_one() {
        let rules = [
            (Rule::new("PutObject", Fault::ResetBefore).first(2), [true, true, false, false, false, false]),
            (
                Rule::new("PutObject", Fault::ResetBefore).nth([2, 5]),
                [false, true, false, false, true, false],
            ),
            (Rule::new("PutObject", Fault::ResetBefore).every(3), [false, false, true, false, false, true]),
            (Rule::new("GetObject", Fault::ResetBefore), [false; 6]),
            (
                Rule::new("*", Fault::ResetBefore).object("a/*").first(1),
                [true, false, false, false, false, false],
            ),
            (Rule::new("*", Fault::ResetBefore).object("b/*"), [false; 6]),
        ];
        for (rule, expected) in rules {
            assert_eq!(strikes(&Faults::new(1, vec![rule.clone()]), 6), expected, "{rule:?}");
        }
    }

    #[test]
    fn a_rule_without_further_occurrences_is_spent() {
        let put = || Rule::new("PutObject", Fault::ResetBefore);
        let rules = vec![put().first(2), put().nth([3, 1]), put().every(2), put().probability(0.1)];
        let faults = Faults::new(1, rules.clone());
        for unspent in [&rules[..], &rules, &rules[1..], &rules[2..], &rules[2..]] {
            assert_eq!(faults.unspent(), unspent);
            strikes(&faults, 1);
        }
        assert_eq!(faults.rules(), rules);
    }

    #[test]
    fn a_rule_names_a_stream_by_its_name_or_its_ocid() {
        let stream =
            Subject { stream: Some("ocid1.stream.x"), stream_name: Some("ledger"), ..Subject::default() };
        for (glob, strikes) in [("ledger", true), ("ocid1.stream.*", true), ("le*", true), ("lake", false)] {
            let faults = Faults::new(1, vec![Rule::new("PutMessages", Fault::ResetAfter).stream(glob)]);
            assert_eq!(faults.strike::<RequestFault>("PutMessages", stream).is_some(), strikes, "{glob}");
            assert_eq!(faults.strike::<RequestFault>("PutMessages", OBJECT), None, "{glob}");
        }
    }

    #[test]
    fn a_rule_names_a_deployment_by_its_name_or_its_prefix() {
        let deployment =
            Subject { bucket: Some("producers"), path_prefix: Some("/v1"), ..Subject::default() };
        for (glob, strikes) in [("producers", true), ("/v1", true), ("/*", true), ("v1", false)] {
            let faults = Faults::new(1, vec![Rule::new("GatewayRequest", Fault::ResetAfter).bucket(glob)]);
            assert_eq!(
                faults.strike::<GatewayFault>("GatewayRequest", deployment).is_some(),
                strikes,
                "{glob}"
            );
            assert_eq!(faults.strike::<GatewayFault>("GatewayRequest", Subject::default()), None, "{glob}");
        }
    }

    #[test]
    fn a_rule_reads_back_from_its_json() {
        let text = r#"{"operation":"PutObject","object":"lake/*","first":2,"fault":{"throttle":{"retry_after_seconds":1}}}"#;
        let rule: Rule = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&rule).unwrap(), text);
        let rule: Rule = serde_json::from_str(r#"{"operation":"*","fault":"reset_after"}"#).unwrap();
        assert_eq!(rule, Rule::new("*", Fault::ResetAfter));
        for (text, fault) in [
            (r#"{"redeliver":{"times":2}}"#, Fault::Redeliver { times: 2 }),
            (r#"{"delay":{"milliseconds":50}}"#, Fault::Delay { milliseconds: 50 }),
            (r#""lose""#, Fault::Lose),
        ] {
            let text = format!(r#"{{"operation":"DeliverEvent","bucket":"bronze","fault":{text}}}"#);
            let rule: Rule = serde_json::from_str(&text).unwrap();
            assert_eq!(rule, Rule::new("DeliverEvent", fault).bucket("bronze"));
            assert_eq!(serde_json::to_string(&rule).unwrap(), text);
        }
        let text = r#"{"operation":"PutMessages","stream":"ledger","fault":{"throttle_entries":{"every":3,"wait_milliseconds":20}}}"#;
        let rule: Rule = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&rule).unwrap(), text);
        let unknown = r#"{"operation":"PutObjekt","fault":"reset_after"}"#;
        assert!(serde_json::from_str::<Rule>(unknown).is_err());
        assert!(
            serde_json::from_str::<Rule>(r#"{"operation":"*","frist":1,"fault":"reset_after"}"#).is_err()
        );
    }
}
