"""Parses the statements of S3 Select, strictly: what its reference does not have is refused.

S3: userguide/s3-select-sql-reference-select.html, userguide/s3-select-sql-reference-operators.html
"""

from __future__ import annotations

from collections.abc import Callable

from fakes3.model.errors import S3Error
from fakes3.model.not_modelled import not_modelled
from fakes3.model.select_errors import (
    EvaluatorInvalidArguments,
    EvaluatorNegativeLimit,
    ExpressionTooLong,
    InvalidDataType,
    MaxOperatorsExceeded,
    ParseAsteriskIsNotAloneInSelectList,
    ParseEmptySelect,
    ParseExpectedArgumentDelimiter,
    ParseExpectedDatePart,
    ParseExpectedExpression,
    ParseExpectedIdentForAlias,
    ParseExpectedKeyword,
    ParseExpectedLeftParenAfterCast,
    ParseExpectedLeftParenBuiltinFunctionCall,
    ParseExpectedNumber,
    ParseExpectedRightParenBuiltinFunctionCall,
    ParseExpectedTypeName,
    ParseExpectedWhenClause,
    ParseInvalidPathComponent,
    ParseInvalidTypeParam,
    ParseNonUnaryAgregateFunctionCall,
    ParseSelectMissingFrom,
    ParseUnExpectedKeyword,
    ParseUnexpectedToken,
    ParseUnsupportedCallWithStar,
    ParseUnsupportedSelect,
    UnsupportedFunction,
    UnsupportedSqlStructure,
)
from fakes3.model.select_lexer import END, Token, cut
from fakes3.model.select_syntax import (
    Aggregate,
    Case,
    Cast,
    Column,
    Function,
    In,
    Is,
    Items,
    Like,
    Literal,
    Node,
    Operator,
    Path,
    Statement,
    Step,
    Wildcard,
)
from fakes3.model.select_timestamps import PARTS
from fakes3.model.select_values import CASTS, MISSING, Name

LONGEST_EXPRESSION = 256 * 1024
"""The most bytes of a statement. S3: userguide/selecting-content-from-objects.html"""

DEEPEST = 32
"""How deep expressions may lie in each other. S3's own limit is not documented."""

LONGEST_CHAIN = 200
"""How many operators other than AND and OR may stand in a row. S3's own limit is not documented."""

AGGREGATES = frozenset({"avg", "count", "max", "min", "sum"})

# The fewest and the most arguments of functions.
_ARGUMENTS = {
    **{"char_length": (1, 1), "character_length": (1, 1), "lower": (1, 1), "upper": (1, 1)},
    **{"coalesce": (1, 255), "nullif": (2, 2), "to_string": (2, 2), "to_timestamp": (1, 1), "utcnow": (0, 0)},
    **{"date_add": (2, 2), "date_diff": (2, 2)},
}
_OF_DATES = frozenset({"date_add", "date_diff"})
_UNSUPPORTED = frozenset({"group", "order", "having", "union", "join", "inner", "left", "right", "cross", "full"})
_OTHER_TYPES = frozenset(
    {"bit", "blob", "boolean", "char", "character", "clob", "date", "dec", "double", "list", "real", "smallint"}
    | {"sexp", "struct", "symbol", "time", "tuple", "varchar", "bag"}
)


def parse_statement(text: str) -> Statement:
    """Return what a statement says.

    Raises: ExpressionTooLong, and an error whose code begins with Parse, Lexer, Evaluator or Unsupported.
    """
    if len(text.encode()) > LONGEST_EXPRESSION:
        raise ExpressionTooLong
    return _Parser(cut(text)).parse()


class _Parser:
    """Reads tokens from the first to the last."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0

    # ---- tokens ----

    @property
    def _next(self) -> Token:
        return self._tokens[self._at]

    def _take(self) -> Token:
        token = self._tokens[self._at]
        self._at = min(self._at + 1, len(self._tokens) - 1)
        return token

    def _accept(self, *texts: str) -> str:
        """Take the next token if it is one of these keywords or signs, and return its text; else ""."""
        if self._next.kind in {"keyword", "sign"} and self._next.text in texts:
            return self._take().text
        return ""

    def _expect(self, text: str, refusal: type[S3Error] = ParseUnexpectedToken) -> None:
        if not self._accept(text):
            raise refusal

    # ---- clauses ----

    def parse(self) -> Statement:
        self._expect("select", ParseUnsupportedSelect)
        columns = self._parse_columns()
        self._expect("from", ParseSelectMissingFrom)
        source, alias = self._parse_source()
        where = self._parse_or() if self._accept("where") else None
        limit = self._parse_limit() if self._accept("limit") else None
        self._accept(";")
        if self._next.text in _UNSUPPORTED:
            raise UnsupportedSqlStructure
        if self._next.text == ",":
            raise ParseUnsupportedSelect
        if self._next != END:
            raise ParseUnexpectedToken
        return Statement(columns, source, alias, where, limit)

    def _parse_columns(self) -> tuple[Column, ...] | None:
        if self._accept("*"):
            if self._next.text == ",":
                raise ParseAsteriskIsNotAloneInSelectList
            return None
        if self._next.text == "from" or self._next == END:
            raise ParseEmptySelect
        if self._next.text in {"distinct", "all"}:
            raise UnsupportedSqlStructure
        columns = [self._parse_column()]
        while self._accept(","):
            if self._next.text == "*":
                raise ParseAsteriskIsNotAloneInSelectList
            columns.append(self._parse_column())
        return tuple(columns)

    def _parse_column(self) -> Column:
        node = self._parse_or()
        alias = self._parse_alias()
        if alias is not None:
            return Column(node, alias.text)
        last = node.steps[-1] if isinstance(node, Path) else None
        return Column(node, last.text if isinstance(last, Name) else None)

    def _parse_alias(self) -> Name | None:
        if self._accept("as"):
            if self._next.kind not in {"name", "quoted"}:
                raise ParseExpectedIdentForAlias
        elif self._next.kind not in {"name", "quoted"}:
            return None
        return self._parse_name()

    def _parse_source(self) -> tuple[tuple[Step, ...], Name | None]:
        if self._next.kind != "name" or self._next.text.lower() != "s3object":
            raise ParseUnsupportedSelect if self._next.text == "(" else ParseUnexpectedToken
        self._take()
        steps: list[Step] = []
        while self._next.text in {".", "["}:
            steps.append(self._parse_step(may_be_all=True))
        if steps and steps[0] is not Wildcard.ITEMS:
            raise ParseInvalidPathComponent
        alias = self._parse_alias()
        if alias is None and len(steps) > 1:
            last = steps[-1]
            alias = last if isinstance(last, Name) else None
        return tuple(steps[1:]), alias

    def _parse_limit(self) -> int:
        sign = -1 if self._accept("-") else 1
        value = self._take().value
        if not isinstance(value, int) or isinstance(value, bool):
            raise ParseExpectedNumber
        if sign < 0 and value:
            raise EvaluatorNegativeLimit
        return value

    # ---- expressions, from the operators that bind least ----

    def _parse_or(self) -> Node:
        self._depth += 1
        if self._depth > DEEPEST:
            raise MaxOperatorsExceeded
        node = self._parse_chain(self._parse_and, "or")
        self._depth -= 1
        return node

    def _parse_left(self, parse: Callable[[], Node], *signs: str) -> Node:
        node = parse()
        length = 0
        while sign := self._accept(*signs):
            node = Operator(sign, (node, parse()))
            length += 1
            if length > LONGEST_CHAIN:
                raise MaxOperatorsExceeded
        return node

    def _parse_chain(self, parse: Callable[[], Node], sign: str) -> Node:
        """Parse what one sign joins, in one node."""
        nodes = [parse()]
        while self._accept(sign):
            nodes.append(parse())
        return Operator(sign, tuple(nodes)) if len(nodes) > 1 else nodes[0]

    def _parse_and(self) -> Node:
        return self._parse_chain(self._parse_not, "and")

    def _parse_not(self) -> Node:
        negations = 0
        while self._accept("not"):
            negations += 1
        node = self._parse_is()
        return _negate(node) if negations % 2 else node

    def _parse_is(self) -> Node:
        node = self._parse_left(self._parse_order, "=", "<>", "!=")
        while self._accept("is"):
            is_not = self._accept("not")
            if self._next.kind == "value" and isinstance(self._next.value, bool):
                what = self._take().text.lower()
            else:
                what = self._accept("null", "missing")
            if not what:
                raise ParseExpectedKeyword
            node = _negate(Is(node, what)) if is_not else Is(node, what)
        return node

    def _parse_order(self) -> Node:
        return self._parse_left(self._parse_range, "<", "<=", ">", ">=")

    def _parse_range(self) -> Node:
        node = self._parse_sum()
        while True:
            is_not = self._accept("not")
            word = self._accept("in", "between", "like")
            if not word:
                if is_not:
                    raise ParseUnExpectedKeyword
                return node
            node = {"in": self._parse_in, "between": self._parse_between, "like": self._parse_like}[word](node)
            if is_not:
                node = _negate(node)

    def _parse_in(self, node: Node) -> Node:
        closing = ")" if self._accept("(") else "]"
        if closing == "]":
            self._expect("[")
        return In(node, self._parse_items(closing))

    def _parse_between(self, node: Node) -> Node:
        low = self._parse_sum()
        self._expect("and", ParseExpectedKeyword)
        return Operator("and", (Operator(">=", (node, low)), Operator("<=", (node, self._parse_sum()))))

    def _parse_like(self, node: Node) -> Node:
        pattern = self._parse_sum()
        return Like(node, pattern, self._parse_sum() if self._accept("escape") else None)

    def _parse_sum(self) -> Node:
        return self._parse_left(self._parse_product, "+", "-")

    def _parse_product(self) -> Node:
        return self._parse_left(self._parse_unary, "*", "/", "%")

    def _parse_unary(self) -> Node:
        signs = 0
        while sign := self._accept("-", "+"):
            signs += sign == "-"
        node = self._parse_term()
        return Operator("-", (node,)) if signs % 2 else node

    # ---- terms ----

    def _parse_term(self) -> Node:
        token = self._next
        if token.kind == "value":
            return Literal(self._take().value)
        if token.kind == "quoted" or (token.kind == "name" and token.text.lower() not in _ARGUMENTS):
            return self._parse_path()
        if self._accept("("):
            if self._next.text == "select":
                raise ParseUnsupportedSelect
            node = self._parse_or()
            self._expect(")")
            return node
        if self._accept("["):
            return Items(self._parse_items("]"))
        if token.kind == "keyword" or token.kind == "name":
            return self._parse_word(self._take().text.lower())
        raise ParseExpectedExpression if token == END or token.text in ",)" else ParseUnexpectedToken

    def _parse_word(self, word: str) -> Node:
        """Parse what begins with a keyword or with the name of a function."""
        special = {"null": lambda: Literal(None), "missing": lambda: Literal(MISSING)} | {
            **{"case": self._parse_case, "cast": self._parse_cast, "extract": self._parse_extract},
            **{"trim": self._parse_trim, "substring": self._parse_substring},
        }
        if word in special:
            return special[word]()
        if word not in _ARGUMENTS and word not in AGGREGATES:
            raise _reserved(word)
        self._open()
        if word in AGGREGATES:
            return self._parse_aggregate(word)
        mode = self._parse_date_part(PARTS) if word in _OF_DATES else ""
        if mode:
            self._expect(",", ParseExpectedArgumentDelimiter)
        arguments = self._parse_items(")")
        fewest, most = _ARGUMENTS[word]
        if word == "to_timestamp" and len(arguments) == 2:
            raise not_modelled("Expression", "patterns of TO_TIMESTAMP")
        if not fewest <= len(arguments) <= most:
            raise EvaluatorInvalidArguments
        return Function(word, arguments, mode)

    def _open(self) -> None:
        self._expect("(", ParseExpectedLeftParenBuiltinFunctionCall)

    def _close(self) -> None:
        self._expect(")", ParseExpectedRightParenBuiltinFunctionCall)

    def _parse_items(self, closing: str) -> tuple[Node, ...]:
        """Parse the rest of a list, with its end."""
        items: list[Node] = []
        if self._accept(closing):
            return ()
        while True:
            items.append(self._parse_or())
            if self._accept(closing):
                return tuple(items)
            self._expect(",", ParseExpectedArgumentDelimiter)

    def _parse_aggregate(self, word: str) -> Node:
        if self._accept("*"):
            if word != "count":
                raise ParseUnsupportedCallWithStar
            self._close()
            return Aggregate(word, None)
        if self._next.text == "distinct":
            raise UnsupportedSqlStructure
        arguments = self._parse_items(")")
        if len(arguments) != 1:
            raise ParseNonUnaryAgregateFunctionCall
        return Aggregate(word, arguments[0])

    def _parse_case(self) -> Node:
        operand = None if self._next.text == "when" else self._parse_or()
        cases = []
        while self._accept("when"):
            condition = self._parse_or()
            self._expect("then", ParseExpectedKeyword)
            cases.append((condition, self._parse_or()))
        if not cases:
            raise ParseExpectedWhenClause
        other = self._parse_or() if self._accept("else") else Literal(None)
        self._expect("end", ParseExpectedKeyword)
        return Case(operand, tuple(cases), other)

    def _parse_cast(self) -> Node:
        self._expect("(", ParseExpectedLeftParenAfterCast)
        node = self._parse_or()
        self._expect("as", ParseExpectedKeyword)
        kind = self._take()
        if kind.kind != "keyword" or kind.text not in CASTS:
            raise InvalidDataType if kind.text in _OTHER_TYPES else ParseExpectedTypeName
        if self._accept("("):
            sizes = self._parse_items(")")
            if not all(isinstance(each, Literal) and type(each.value) is int for each in sizes):
                raise ParseInvalidTypeParam
        self._close()
        return Cast(node, kind.text)

    def _parse_extract(self) -> Node:
        self._open()
        part = self._parse_date_part((*PARTS, "timezone_hour", "timezone_minute"))
        self._expect("from", ParseExpectedKeyword)
        node = self._parse_or()
        self._close()
        return Function("extract", (node,), part)

    def _parse_date_part(self, parts: tuple[str, ...]) -> str:
        part = self._take().text.lower()
        if part not in parts:
            raise ParseExpectedDatePart
        return part

    def _parse_trim(self) -> Node:
        self._open()
        side = self._accept("leading", "trailing", "both")
        if side and self._accept("from"):
            arguments: tuple[Node, ...] = (self._parse_or(),)
        else:
            first = self._parse_or()
            if side or self._next.text == "from":
                self._expect("from", ParseExpectedKeyword)
                arguments = (self._parse_or(), first)
            else:
                arguments = (first,)
        self._close()
        return Function("trim", arguments, side or "both")

    def _parse_substring(self) -> Node:
        self._open()
        arguments = [self._parse_or()]
        if self._accept("from"):
            arguments.append(self._parse_or())
            if self._accept("for"):
                arguments.append(self._parse_or())
            self._close()
        elif self._accept(","):
            arguments += self._parse_items(")")
        if not 2 <= len(arguments) <= 3:
            raise EvaluatorInvalidArguments
        return Function("substring", tuple(arguments))

    def _parse_path(self) -> Node:
        first = self._parse_name()
        if self._next.text == "(":
            raise UnsupportedFunction
        steps: list[Name | int] = [first]
        while self._next.text in {".", "["} and self._next.kind == "sign":
            step = self._parse_step(may_be_all=False)
            assert not isinstance(step, Wildcard)
            steps.append(step)
        return Path(tuple(steps))

    def _parse_step(self, *, may_be_all: bool) -> Step:
        is_member = self._take().text == "."
        if self._accept("*"):
            if not may_be_all:
                raise not_modelled("Expression", "* after a dot or in brackets in the SELECT list")
            if not is_member:
                self._expect("]", ParseInvalidPathComponent)
            return Wildcard.MEMBERS if is_member else Wildcard.ITEMS
        if is_member:
            return self._parse_name()
        value = self._take().value
        self._expect("]", ParseInvalidPathComponent)
        if isinstance(value, str):
            return Name(value, is_quoted=True)
        if type(value) is not int:
            raise ParseInvalidPathComponent
        return value

    def _parse_name(self) -> Name:
        token = self._take()
        if token.kind in {"name", "quoted"}:
            return Name(token.text, token.kind == "quoted")
        raise _reserved(token.text) if token.kind == "keyword" else ParseInvalidPathComponent


def _negate(node: Node) -> Node:
    return Operator("not", (node,))


def _reserved(word: str) -> S3Error:
    """Return the error for a reserved word that stands where a name or an expression should."""
    return ParseUnExpectedKeyword(
        reason=f'{word} is a reserved word of S3 Select. Write "{word}", in double quotation marks, to name a column.'
    )
