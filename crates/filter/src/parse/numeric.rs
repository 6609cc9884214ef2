//! Reads `$number`: a value as a number, also where it is written as a text, and what that number is to be.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::{Reader, Result};
use crate::{
    condition::{Comparison, Condition, Path, Test},
    document::Kind,
    error::{escaped, shown},
    number::Number,
    scalar::{OwnedScalar, Scalar},
    scalar_set::ScalarSet,
};

/// The operators that ask about a number.
const POSSIBLE: &str = "$eq $neq $gt $gte $lt $lte $in $nin";

impl Reader {
    /// A number alone means `$eq`.
    pub(super) fn numeric(&mut self, path: &Arc<Path>, operand: &Value) -> Result<Condition> {
        if matches!(self.kind(path), Kind::Canonical { .. }) {
            return self.wrong(format!("`{}` is never a number", self.name(path)));
        }
        match operand {
            Value::Number(_) => self.numeric_test(path, "$eq", operand),
            Value::Object(tests) if !tests.is_empty() => self.numeric_tests(path, tests),
            _ => self.wrong("`$number` takes what the number is to be, like {\"$gte\":180}"),
        }
    }

    fn numeric_tests(&mut self, path: &Arc<Path>, tests: &Map<String, Value>) -> Result<Condition> {
        let mut parts = Vec::with_capacity(tests.len());
        for (name, operand) in tests {
            parts.push(self.under(escaped(name), |reader| reader.numeric_test(path, name, operand))?);
        }
        Ok(Condition::all(parts))
    }

    fn numeric_test(&mut self, path: &Arc<Path>, name: &str, operand: &Value) -> Result<Condition> {
        let compare = |comparison| move |bound| Test::Compare(comparison, bound);
        let test = match name {
            "$eq" | "$neq" => Test::Equal(self.bound(operand)?),
            "$gt" => compare(Comparison::Greater)(self.bound(operand)?),
            "$gte" => compare(Comparison::GreaterOrEqual)(self.bound(operand)?),
            "$lt" => compare(Comparison::Less)(self.bound(operand)?),
            "$lte" => compare(Comparison::LessOrEqual)(self.bound(operand)?),
            "$in" | "$nin" => Test::OneOf(Arc::new(self.bounds(operand)?)),
            other => {
                let name = shown(other);
                return self.wrong(format!("`{name}` does not ask about a number; possible here are {POSSIBLE}"));
            }
        };
        let condition = self.simple(path, Test::Number(Box::new(test)))?;
        Ok(if matches!(name, "$neq" | "$nin") { condition.not() } else { condition })
    }

    fn bounds(&mut self, operand: &Value) -> Result<ScalarSet> {
        let Value::Array(elements) = operand else { return self.wrong("this operator takes a list of numbers") };
        self.check_list(elements)?;
        for (place, element) in elements.iter().enumerate() {
            self.under(place, |reader| reader.bound(element).map(drop))?;
        }
        Ok(ScalarSet::new(elements.iter().filter_map(Scalar::of).collect()))
    }

    fn bound(&self, operand: &Value) -> Result<OwnedScalar> {
        self.check_rounding(operand)?;
        match operand {
            Value::Number(number) => Ok(OwnedScalar::Number(Number::of(number))),
            Value::String(text) if Number::read(text).is_some() => {
                self.wrong(format!("a number is compared with a number here; write {} without quotes", text.trim()))
            }
            _ => self.wrong("a number is compared with a number here"),
        }
    }
}
