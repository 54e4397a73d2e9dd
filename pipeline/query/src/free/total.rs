//! Expressions that have a value whatever the row. Whether a statement fails, and what its failure says, must not depend
//! on the row of a patient: a cast of a pseudonym would print it, a division by a count less a number would say whether
//! the count is that number. What is not listed here is refused before anything runs.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{DFSchema, ScalarValue};
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::{BinaryExpr, Expr, ExprSchemable, Like, LogicalPlan, Operator};

use super::lineage::{column_of, table};

/// Functions that have a value for every value of their arguments.
const TOTAL: [&str; 19] = [
    "btrim",
    "character_length",
    "coalesce",
    "concat",
    "concat_ws",
    "contains",
    "ends_with",
    "floor",
    "ceil",
    "greatest",
    "least",
    "lower",
    "ltrim",
    "nullif",
    "reverse",
    "rtrim",
    "starts_with",
    "strpos",
    "upper",
];
/// Parts of a date, as `extract` and `date_trunc` name them.
const PARTS: [&str; 8] = ["year", "quarter", "month", "week", "day", "dow", "isodow", "doy"];

/// The first expression of an analysed plan (its conversions written out) that could fail on some row; none if there is
/// none. Stored tables are as they are.
pub(super) fn partial(plan: &LogicalPlan) -> datafusion::error::Result<Option<String>> {
    let mut found = None;

    plan.apply_with_subqueries(|node| {
        if table(node).is_some() {
            return Ok(TreeNodeRecursion::Jump);
        }

        let mut schema = DFSchema::empty();
        for input in node.inputs() {
            schema.merge(input.schema());
        }

        for expr in node.expressions() {
            expr.apply(|e| {
                if found.is_none() && !is_total(e, &schema) {
                    found = Some(e.to_string().chars().take(80).collect());
                }
                Ok(TreeNodeRecursion::Continue)
            })?;
        }

        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(found)
}

/// Whether an expression has a value as soon as its parts have one.
fn is_total(expr: &Expr, schema: &DFSchema) -> bool {
    match expr {
        Expr::Alias(_)
        | Expr::Column(_)
        | Expr::Literal(..)
        | Expr::Not(_)
        | Expr::IsNull(_)
        | Expr::IsNotNull(_)
        | Expr::IsTrue(_)
        | Expr::IsFalse(_)
        | Expr::IsUnknown(_)
        | Expr::IsNotTrue(_)
        | Expr::IsNotFalse(_)
        | Expr::IsNotUnknown(_)
        | Expr::Between(_)
        | Expr::Case(_)
        | Expr::InList(_)
        | Expr::TryCast(_)
        | Expr::AggregateFunction(_) => true,
        Expr::Negative(inner) => numeric(inner, schema),
        Expr::BinaryExpr(pair) => operation(pair, schema),
        Expr::Like(like) => pattern(like),
        Expr::Cast(cast) => converts(&cast.expr, cast.field.data_type(), schema),
        Expr::ScalarFunction(call) => function(call, schema),
        _ => false,
    }
}

fn operation(pair: &BinaryExpr, schema: &DFSchema) -> bool {
    let sides = [&pair.left, &pair.right];
    let both = |is: fn(&DataType) -> bool| {
        sides.iter().all(|side| side.get_type(schema).is_ok_and(|kind| is(&kind)))
    };
    let date = |kind: &DataType| *kind == DataType::Date32;

    match pair.op {
        Operator::And
        | Operator::Or
        | Operator::Eq
        | Operator::NotEq
        | Operator::Lt
        | Operator::LtEq
        | Operator::Gt
        | Operator::GtEq
        | Operator::IsDistinctFrom
        | Operator::IsNotDistinctFrom
        | Operator::StringConcat => true,
        // Whole numbers wrap around; days between two dates are a number.
        Operator::Plus | Operator::Multiply => both(is_number),
        Operator::Minus => both(is_number) || both(date),
        Operator::Divide | Operator::Modulo => both(DataType::is_floating) || divisor(&pair.right),
        _ => false,
    }
}

/// A number by which every whole number may be divided: the least one divided by minus one is out of range.
fn divisor(expr: &Expr) -> bool {
    whole(expr).is_some_and(|number| number > 0)
}

/// A pattern that is written out, without an escape of nothing at its end.
fn pattern(like: &Like) -> bool {
    let pattern = constant(&like.pattern);
    let text = pattern.as_ref().and_then(|value| value.try_as_str().flatten());
    like.escape_char.is_none() && text.is_some_and(|pattern| !pattern.contains('\\'))
}

fn numeric(expr: &Expr, schema: &DFSchema) -> bool {
    expr.get_type(schema).is_ok_and(|kind| is_number(&kind))
}

fn is_number(kind: &DataType) -> bool {
    kind.is_integer() || kind.is_floating() || kind.is_null()
}

fn is_text(kind: &DataType) -> bool {
    matches!(kind, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View)
}

/// Whether every value of an expression converts. A text written out is tried.
fn converts(expr: &Expr, to: &DataType, schema: &DFSchema) -> bool {
    if let Some(value) = constant(expr) {
        return value.cast_to(to).is_ok();
    }
    let Ok(from) = expr.get_type(schema) else {
        return false;
    };

    let wider = match to {
        DataType::Int64 => {
            matches!(
                from,
                DataType::Boolean | DataType::UInt8 | DataType::UInt16 | DataType::UInt32
            ) || from.is_signed_integer()
        }
        DataType::Float64 => is_number(&from) || matches!(from, DataType::Decimal128(..)),
        DataType::Date32 => matches!(from, DataType::Timestamp(..)),
        // The days of the store are within the range of every unit of time.
        DataType::Timestamp(..) => from == DataType::Date32 && column_of(expr).is_some(),
        to if is_text(to) => {
            is_text(&from)
                || is_number(&from)
                || matches!(from, DataType::Boolean | DataType::Date32)
        }
        _ => false,
    };
    wider || from == *to || from == DataType::Null
}

fn function(call: &ScalarFunction, schema: &DFSchema) -> bool {
    let args = call.args.as_slice();
    let part = |expr: &Expr| {
        let value = constant(expr);
        let text = value.as_ref().and_then(|value| value.try_as_str().flatten());
        text.is_some_and(|text| PARTS.contains(&text.to_lowercase().as_str()))
    };

    match (call.func.name(), args) {
        ("date_part" | "date_trunc", [name, _]) => part(name),
        ("left" | "right" | "substr", [_, at]) => whole(at).is_some(),
        ("substr", [_, at, length]) => whole(at).is_some() && whole(length) >= Some(0),
        ("replace", [_, from, to]) => constant(from).is_some() && constant(to).is_some(),
        ("round", [x]) => x.get_type(schema).is_ok_and(|kind| kind.is_floating()),
        ("round", [x, digits]) => {
            x.get_type(schema).is_ok_and(|kind| kind.is_floating())
                && whole(digits).is_some_and(|n| (0..=9).contains(&n))
        }
        (name, _) => TOTAL.contains(&name),
    }
}

/// The value that an expression is written out as, conversions done; none if one of them fails.
fn constant(expr: &Expr) -> Option<ScalarValue> {
    match expr {
        Expr::Literal(value, _) => Some(value.clone()),
        Expr::Alias(alias) => constant(&alias.expr),
        Expr::Cast(cast) => constant(&cast.expr)?.cast_to(cast.field.data_type()).ok(),
        _ => None,
    }
}

/// The whole number that an expression is written out as.
fn whole(expr: &Expr) -> Option<i64> {
    match constant(expr)?.cast_to(&DataType::Int64) {
        Ok(ScalarValue::Int64(number)) => number,
        _ => None,
    }
}
