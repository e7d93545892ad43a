"""Tables of texts in columns. A text that occurs often is stored once, and rows hold its number.

A check runs once for each distinct text, and the rows take its result. This module knows no file and no card.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice, zip_longest
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    import pandas as pd

MOST_DISTINCT = 65_536
"""A column with more distinct texts is stored row by row."""
AT_ONCE = 20_000
"""Number of text rows that are turned into columns at a time."""

Mask = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.integer]
_WHITESPACE = "".join(chr(c) for c in range(0x3001) if chr(c).isspace())
"""Characters that Python's str.strip removes. Arrow strips a different set."""


@dataclass(frozen=True)
class Column:
    """A column: row `r` holds `texts[codes[r]]`. Without codes each row has its own text, `texts[r]`."""

    texts: pa.ChunkedArray
    codes: Numbers | None = None

    def __len__(self) -> int:
        return len(self.texts) if self.codes is None else len(self.codes)

    @classmethod
    def from_texts(cls, texts: Iterable[str]) -> Column:
        """Build the column of these texts, row by row."""
        growing = ColumnBuilder()
        growing.add(list(texts))
        return growing.column()

    @classmethod
    def constant(cls, text: str, rows: int) -> Column:
        """Build a column with the same text in all rows."""
        return cls(pa.chunked_array([[text]], pa.string()), np.zeros(rows, np.uint8))

    @property
    def numbers(self) -> Numbers:
        """Number of each row's text in `texts`."""
        return np.arange(len(self.texts)) if self.codes is None else self.codes

    def spread(self, answers: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Return, for each row, the answer given for its text."""
        if self.codes is None:
            return answers
        if answers.dtype == bool and len(answers) and (answers == answers[0]).all():
            return np.full(len(self.codes), answers[0])  # most questions have the same answer for all texts
        return answers[self.codes]

    def ask(self, question: Callable[[str], Any], kind: Any = bool) -> npt.NDArray[Any]:
        """Return the question's answer for each of `texts`."""
        return np.fromiter(map(question, self.texts.to_pylist()), kind, len(self.texts))

    def where(self, question: Callable[[str], bool]) -> Mask:
        """Mark the rows for whose text the question is true."""
        return self.spread(self.ask(question))

    def isin(self, accepted_texts: Iterable[str]) -> Mask:
        """Mark the rows that hold any of these texts."""
        is_wanted = pc.is_in(self.texts, value_set=pa.array(list(accepted_texts), pa.string()))
        return self.spread(_as_mask(is_wanted))

    def starts_with(self, beginning: str) -> Mask:
        """Mark the rows whose text begins with `beginning`."""
        return self.spread(_as_mask(pc.starts_with(self.texts, beginning)))

    def blank(self) -> Mask:
        """Mark the rows that hold nothing but white space."""
        return self.spread(_as_mask(pc.equal(_strip(self.texts), "")))

    def strip(self) -> Column:
        """Remove white space around the texts. Texts that become equal keep their numbers."""
        return Column(_strip(self.texts), self.codes)

    def with_codes(self) -> Column:
        """Return the column with codes and each text once."""
        if self.codes is None:
            dictionary = self.texts.dictionary_encode().combine_chunks()
            chunk = dictionary.chunk(0) if isinstance(dictionary, pa.ChunkedArray) else dictionary
            return Column(pa.chunked_array([chunk.dictionary]), chunk.indices.to_numpy())
        encoded = self.texts.combine_chunks().dictionary_encode()
        if len(encoded.dictionary) == len(self.texts):
            return self
        return Column(pa.chunked_array([encoded.dictionary]), encoded.indices.to_numpy()[self.codes])

    def drop_unused(self) -> Column:
        """Remove texts that no row holds."""
        is_used = np.zeros(len(self.texts), bool)
        is_used[pc.unique(pa.array(self.numbers)).to_numpy()] = True
        if is_used.all():
            return self
        new = np.cumsum(is_used, dtype=self.numbers.dtype) - 1
        return Column(self.texts.filter(pa.array(is_used)), new.astype(self.numbers.dtype)[self.numbers])

    def rows_to_compare(self) -> Numbers | None:
        """Return the rows whose text may occur in another row. Returns None where codes show it directly."""
        return _rows_to_compare(self.texts) if self.codes is None else None

    def find_repeated(self, is_eligible: Mask, rows: Numbers | None) -> Mask:
        """Mark the eligible rows whose text occurs in another eligible row.

        `rows` is the result of rows_to_compare.
        """
        if self.codes is not None:
            coded_column = self.with_codes()
            occurrences = np.bincount(coded_column.numbers[is_eligible], minlength=len(coded_column.texts))
            is_repeated: Mask = is_eligible & (occurrences > 1)[coded_column.numbers]
            return is_repeated
        assert rows is not None
        rows = rows[is_eligible[rows]]
        is_duplicate = self.take(rows).series().duplicated(keep=False).to_numpy(bool)
        is_repeated = np.zeros(len(self), bool)
        is_repeated[rows[is_duplicate]] = True
        return is_repeated

    def text(self, row: int) -> str:
        """Return the text of a row."""
        number = row if self.codes is None else int(self.codes[row])
        return str(self.texts[number].as_py())

    def take(self, rows: Numbers | slice) -> Column:
        """Return the column of some rows, in their order."""
        if self.codes is not None:
            return Column(self.texts, self.codes[rows])
        if isinstance(rows, slice):
            start, stop, _ = rows.indices(len(self))
            return Column(self.texts.slice(start, stop - start))
        return Column(take_texts(self.texts, rows))

    def series(self) -> pd.Series:
        """Return the rows as pandas strings."""
        import pandas as pd  # not loaded by the process that reads files

        texts = self.texts if self.codes is None else self.texts.combine_chunks().take(pa.array(self.codes))
        return pd.Series(texts, dtype="str")

    def arrow(self) -> pa.Array:
        """Return the rows as Arrow strings, with a dictionary where texts are stored once."""
        if self.codes is None:
            return self.texts
        return pa.DictionaryArray.from_arrays(
            pa.array(self.codes.astype(np.int32)), self.texts.combine_chunks()
        )

    @classmethod
    def from_arrow(cls, values: pa.ChunkedArray) -> Column:
        """Build the column from the result of `arrow`."""
        if not pa.types.is_dictionary(values.type):
            return cls(values)
        single_dictionary = values.unify_dictionaries().combine_chunks()
        chunks = (
            single_dictionary.chunks
            if isinstance(single_dictionary, pa.ChunkedArray)
            else [single_dictionary]
        )
        codes = [chunk.indices.to_numpy(zero_copy_only=False) for chunk in chunks]
        texts = chunks[0].dictionary if chunks else pa.array([], pa.string())
        return cls(pa.chunked_array([texts]), np.concatenate(codes) if codes else np.array([], np.int32))

    def with_text(self, rows: Mask, text: str) -> Column:
        """Return the column with another text in some rows."""
        growing = ColumnBuilder()
        growing.add(np.where(rows, text, self.series().to_numpy(object)).tolist())
        return growing.column()


def _rows_to_compare(texts: pa.ChunkedArray) -> Numbers:
    """Return all rows whose text occurs in another row, and possibly a few others."""
    if _is_rising(texts.slice(0, AT_ONCE)) and _is_rising(texts):
        return np.array([], np.int64)
    hashes = _hashes(texts)
    ordered = _sort(hashes)
    repeated_hashes = ordered[1:][ordered[1:] == ordered[:-1]]
    # comparing the first bits is fast and excludes most rows
    is_repeated_prefix = np.zeros(1 << _PREFIX_BITS, bool)
    is_repeated_prefix[repeated_hashes >> _OTHER_BITS] = True
    rows = np.flatnonzero(is_repeated_prefix[hashes >> _OTHER_BITS])
    return rows[np.isin(hashes[rows], repeated_hashes)]


_PREFIX_BITS = 24
_OTHER_BITS = np.uint32(32 - _PREFIX_BITS)


def _sort(numbers: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Sort the numbers, both halves in parallel."""
    half = len(numbers) // 2
    halves = np.partition(numbers, half) if half else numbers.copy()
    side_by_side(np.ndarray.sort, [halves[:half], halves[half:]])
    return halves


def _is_rising(texts: pa.ChunkedArray) -> bool:
    """Check that each text is greater than the text before, so that none occurs twice."""
    return bool(pc.all(pc.less(texts.slice(0, len(texts) - 1), texts.slice(1))).as_py())


def _hashes(texts: pa.ChunkedArray) -> npt.NDArray[np.uint32]:
    """Return a number for each text. Equal texts have equal numbers; in a million others some hundred
    collide."""
    import duckdb

    looked_up = pa.table({"text": texts})  # noqa: F841  (DuckDB finds it by its name)
    short = "SELECT (hash(text) >> 32)::UINTEGER AS short FROM looked_up"
    # the module's shared connection does not support several threads, as the desk has
    with duckdb.connect() as db:
        hashes: Any = db.execute(short).fetchnumpy()["short"]
    return np.asarray(hashes, np.uint32)


def take_texts(texts: pa.ChunkedArray, rows: Numbers) -> pa.ChunkedArray:
    """Return the texts of some rows. For few rows in order, take them chunk by chunk: Arrow would copy all
    chunks."""
    if len(rows) * 8 > len(texts) or (rows[1:] < rows[:-1]).any():
        return texts.take(pa.array(rows))
    starts = np.cumsum([0, *map(len, texts.chunks)])
    bounds = np.searchsorted(rows, starts)
    of_chunks = zip(texts.chunks, starts, bounds, bounds[1:], strict=False)
    parts = [chunk.take(pa.array(rows[a:b] - start)) for chunk, start, a, b in of_chunks if b > a]
    return pa.chunked_array(parts, texts.type)


def side_by_side(work: Callable[[Any], Any], parts: Iterable[Any]) -> list[Any]:
    """Run the work on each part in threads, and return the results in order. Arrow and numpy release Python's
    lock."""
    parts = list(parts)
    if len(parts) < 2:  # small files have many calls with one part, and a thread costs more than the work
        return [work(part) for part in parts]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(work, parts))


def stream_in_threads(work: Callable[[Any], Any], parts: Iterable[Any]) -> Iterator[Any]:
    """Run the work as side_by_side does, while further parts are fetched. Only a few parts are in memory at
    once."""
    workers = os.cpu_count() or 1
    waiting: deque[Future[Any]] = deque()
    with ThreadPoolExecutor(workers) as pool:
        for part in parts:
            waiting.append(pool.submit(work, part))
            if len(waiting) > workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _strip(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    if not any(map(_may_hold_white_space, texts.chunks)):
        return texts
    return pc.utf8_trim(texts, characters=_WHITESPACE)


def _may_hold_white_space(chunk: pa.StringArray) -> bool:
    """Check for bytes that are a blank, a code below it, or part of a letter beyond ASCII."""
    first, last = (chunk.offset, chunk.offset + len(chunk))
    offsets, data = np.frombuffer(chunk.buffers()[1], np.int32), chunk.buffers()[2]
    if data is None or not len(chunk):
        return False
    letters = np.frombuffer(data, np.uint8)[offsets[first] : offsets[last]]
    return bool(len(letters)) and bool(letters.min() <= ord(" ") or letters.max() >= 0x80)


def _as_mask(values: pa.ChunkedArray) -> Mask:
    mask: Mask = values.to_numpy()
    return mask.astype(bool, copy=False)


def concatenate(columns: Sequence[Column]) -> Column:
    """Join the rows of several columns into a single column."""
    if len(columns) == 1:
        return columns[0]
    growing = ColumnBuilder()
    for column in columns:
        growing.add(column.series().tolist())
    return growing.column()


class ColumnBuilder:
    """Builder of a column that is read batch by batch."""

    def __init__(self, blank_rows: int = 0) -> None:
        self._codes_by_text: dict[str, int] = {}
        self._codes: list[Numbers] = []
        self._plain: list[pa.Array] | None = None
        if blank_rows:
            self._codes_by_text[""] = 0
            self._codes.append(np.zeros(blank_rows, np.uint8))

    def add(self, texts: Sequence[str]) -> None:
        """Add rows of text."""
        if self._plain is not None:
            self._plain.append(pa.array(texts, pa.string()))
            return
        self._append(self._numbers(texts))

    def add_arrow(self, texts: pa.Array | pa.ChunkedArray) -> None:
        """Add rows of Arrow strings. Strings without a dictionary are texts that rarely repeat."""
        for chunk in texts.chunks if isinstance(texts, pa.ChunkedArray) else [texts]:
            if not pa.types.is_dictionary(chunk.type):
                self._give_up_codes()
                self._rows_of_texts().append(chunk)
            elif self._plain is not None:
                self._plain.append(chunk.dictionary_decode())
            else:
                chunk_codes = self._numbers(chunk.dictionary.to_pylist())
                self._append(pa.array(chunk_codes).take(chunk.indices).to_numpy())

    def _numbers(self, texts: Sequence[str]) -> Numbers:
        codes_by_text = self._codes_by_text
        return np.fromiter(
            (codes_by_text.setdefault(t, len(codes_by_text)) for t in texts), np.int32, len(texts)
        )

    def column(self) -> Column:
        """Return the finished column. The representation depends on the texts, not on the way they were
        added."""
        if self._plain is not None:
            return _with_codes_if_few(pa.chunked_array(self._plain, pa.string()))
        code_type = np.uint8 if len(self._codes_by_text) <= 256 else np.uint16
        codes = np.concatenate(self._codes) if self._codes else np.array([], code_type)
        return Column(
            pa.chunked_array([list(self._codes_by_text)], pa.string()), codes.astype(code_type, copy=False)
        )

    def _append(self, codes: Numbers) -> None:
        code_type = (
            np.uint8
            if len(self._codes_by_text) <= 256
            else np.uint16
            if len(self._codes_by_text) <= 65_536
            else np.int32
        )
        self._codes.append(codes.astype(code_type, copy=False))
        if len(self._codes_by_text) > MOST_DISTINCT:
            self._give_up_codes()

    def _give_up_codes(self) -> None:
        if self._plain is None:
            texts = pa.array(list(self._codes_by_text), pa.string())
            self._plain = [texts.take(pa.array(codes)) for codes in self._codes]
            self._codes_by_text, self._codes = {}, []

    def _rows_of_texts(self) -> list[pa.Array]:
        assert self._plain is not None
        return self._plain


def _with_codes_if_few(texts: pa.ChunkedArray) -> Column:
    if (
        len(texts) > MOST_DISTINCT
        and pc.count_distinct(texts.slice(0, 2 * MOST_DISTINCT)).as_py() > MOST_DISTINCT
    ):
        return Column(texts)
    encoded = texts.dictionary_encode().combine_chunks()
    chunk = encoded.chunk(0) if isinstance(encoded, pa.ChunkedArray) and encoded.num_chunks else encoded
    if len(texts) == 0 or len(chunk.dictionary) > MOST_DISTINCT:
        return Column(texts)
    code_type = np.uint8 if len(chunk.dictionary) <= 256 else np.uint16
    return Column(pa.chunked_array([chunk.dictionary]), chunk.indices.to_numpy().astype(code_type))


@dataclass(frozen=True)
class Grid:
    """Rows of text as columns. `widths` is the number of cells of each row (None: all have all)."""

    columns: list[Column]
    rows: int
    widths: Numbers | None = None

    @classmethod
    def from_rows(cls, rows: Iterable[list[str]]) -> Grid:
        """Build the grid of rows of any width, in batches: memory grows with distinct texts only."""
        columns: list[ColumnBuilder] = []
        widths, rows_read = [], 0
        source = iter(rows)
        while batch := list(islice(source, AT_ONCE)):
            batch_columns = list(zip_longest(*batch, fillvalue=""))
            columns += [ColumnBuilder(rows_read) for _ in range(len(batch_columns) - len(columns))]
            for number, column in enumerate(columns):
                column.add(batch_columns[number] if number < len(batch_columns) else [""] * len(batch))
            widths.append(np.fromiter(map(len, batch), np.int32, len(batch)))
            rows_read += len(batch)
        all_widths = np.concatenate(widths) if widths else np.array([], np.int32)
        return cls([column.column() for column in columns], rows_read, all_widths)

    def row(self, number: int) -> list[str]:
        """Return the cells of a row."""
        width = len(self.columns) if self.widths is None else int(self.widths[number])
        return [column.text(number) for column in self.columns[:width]]

    def width(self, number: int) -> int:
        """Return the number of cells in a row."""
        return len(self.columns) if self.widths is None else int(self.widths[number])

    def blank(self) -> Mask:
        """Mark the rows that hold nothing. Columns with few texts are checked first."""
        blank = np.ones(self.rows, bool)
        for column in sorted(self.columns, key=lambda c: len(c.texts)):
            if not blank.any():
                break
            blank &= column.blank()
        return blank
