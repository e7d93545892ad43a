"""A table of texts in columns: a text that occurs often is held once, and rows hold its number.

What is asked of a text is asked once of each; the rows take the answers. Knows no file and no card.
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
"""A column of more distinct texts is held row by row."""
AT_ONCE = 20_000
"""So many rows of text are turned into columns at a time."""

Mask = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.integer]
_WHITESPACE = "".join(chr(c) for c in range(0x3001) if chr(c).isspace())
"""What Python's str.strip takes away; Arrow's own list is another."""


@dataclass(frozen=True)
class Column:
    """One column: row `r` holds `texts[codes[r]]`; without codes each row has its own text, `texts[r]`."""

    texts: pa.ChunkedArray
    codes: Numbers | None = None

    def __len__(self) -> int:
        return len(self.texts) if self.codes is None else len(self.codes)

    @classmethod
    def of(cls, texts: Iterable[str]) -> Column:
        """The column of these texts, row by row."""
        growing = Growing()
        growing.add(list(texts))
        return growing.column()

    @classmethod
    def constant(cls, text: str, rows: int) -> Column:
        """The same text in all rows."""
        return cls(pa.chunked_array([[text]], pa.string()), np.zeros(rows, np.uint8))

    @property
    def numbers(self) -> Numbers:
        """Of each row the number of its text in `texts`."""
        return np.arange(len(self.texts)) if self.codes is None else self.codes

    def spread(self, answers: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """For each row the answer that was given for its text."""
        if self.codes is None:
            return answers
        if answers.dtype == bool and len(answers) and (answers == answers[0]).all():
            return np.full(len(self.codes), answers[0])  # most questions have one answer for all
        return answers[self.codes]

    def ask(self, question: Callable[[str], Any], kind: Any = bool) -> npt.NDArray[Any]:
        """The question's answer for each of `texts`."""
        return np.fromiter(map(question, self.texts.to_pylist()), kind, len(self.texts))

    def where(self, question: Callable[[str], bool]) -> Mask:
        """The rows for whose text the question is true."""
        return self.spread(self.ask(question))

    def isin(self, wanted: Iterable[str]) -> Mask:
        """The rows that hold one of these texts."""
        held = pc.is_in(self.texts, value_set=pa.array(list(wanted), pa.string()))
        return self.spread(_numpy(held))

    def starts_with(self, beginning: str) -> Mask:
        """The rows whose text begins so."""
        return self.spread(_numpy(pc.starts_with(self.texts, beginning)))

    def blank(self) -> Mask:
        """The rows that hold nothing but white space."""
        return self.spread(_numpy(pc.equal(_stripped(self.texts), "")))

    def stripped(self) -> Column:
        """The same without white space around the texts. Texts that become equal keep their numbers."""
        return Column(_stripped(self.texts), self.codes)

    def coded(self) -> Column:
        """The same with codes, each text once."""
        if self.codes is None:
            whole = self.texts.dictionary_encode().combine_chunks()
            chunk = whole.chunk(0) if isinstance(whole, pa.ChunkedArray) else whole
            return Column(pa.chunked_array([chunk.dictionary]), chunk.indices.to_numpy())
        once = self.texts.combine_chunks().dictionary_encode()
        if len(once.dictionary) == len(self.texts):
            return self
        return Column(pa.chunked_array([once.dictionary]), once.indices.to_numpy()[self.codes])

    def used(self) -> Column:
        """The same without texts that no row holds."""
        held = np.zeros(len(self.texts), bool)
        held[pc.unique(pa.array(self.numbers)).to_numpy()] = True
        if held.all():
            return self
        new = np.cumsum(held, dtype=self.numbers.dtype) - 1
        return Column(self.texts.filter(pa.array(held)), new.astype(self.numbers.dtype)[self.numbers])

    def like_others(self) -> Numbers | None:
        """The rows whose text may stand in another row too; None where codes tell it at once."""
        return _rows_like_others(self.texts) if self.codes is None else None

    def repeated(self, among: Mask, rows: Numbers | None) -> Mask:
        """The rows, of those to be looked at, whose text another of them has too. `rows`: of like_others."""
        if self.codes is not None:
            coded = self.coded()
            often = np.bincount(coded.numbers[among], minlength=len(coded.texts))
            repeated: Mask = among & (often > 1)[coded.numbers]
            return repeated
        assert rows is not None
        rows = rows[among[rows]]
        same = self.take(rows).series().duplicated(keep=False).to_numpy(bool)
        repeated = np.zeros(len(self), bool)
        repeated[rows[same]] = True
        return repeated

    def text(self, row: int) -> str:
        """The text of one row."""
        number = row if self.codes is None else int(self.codes[row])
        return str(self.texts[number].as_py())

    def take(self, rows: Numbers | slice) -> Column:
        """The column of some rows, in their order."""
        if self.codes is not None:
            return Column(self.texts, self.codes[rows])
        if isinstance(rows, slice):
            start, stop, _ = rows.indices(len(self))
            return Column(self.texts.slice(start, stop - start))
        return Column(taken(self.texts, rows))

    def series(self) -> pd.Series:
        """The rows as pandas strings."""
        import pandas as pd  # the process that reads files for others does without

        texts = self.texts if self.codes is None else self.texts.combine_chunks().take(pa.array(self.codes))
        return pd.Series(texts, dtype="str")

    def arrow(self) -> pa.Array:
        """The rows as Arrow strings, with a dictionary where texts are held once."""
        if self.codes is None:
            return self.texts
        return pa.DictionaryArray.from_arrays(
            pa.array(self.codes.astype(np.int32)), self.texts.combine_chunks()
        )

    @classmethod
    def from_arrow(cls, values: pa.ChunkedArray) -> Column:
        """What `arrow` gave, read back."""
        if not pa.types.is_dictionary(values.type):
            return cls(values)
        whole = values.unify_dictionaries().combine_chunks()
        chunks = whole.chunks if isinstance(whole, pa.ChunkedArray) else [whole]
        codes = [chunk.indices.to_numpy(zero_copy_only=False) for chunk in chunks]
        texts = chunks[0].dictionary if chunks else pa.array([], pa.string())
        return cls(pa.chunked_array([texts]), np.concatenate(codes) if codes else np.array([], np.int32))

    def replaced(self, rows: Mask, text: str) -> Column:
        """The column with another text in some rows."""
        growing = Growing()
        growing.add(np.where(rows, text, self.series().to_numpy(object)).tolist())
        return growing.column()


def _rows_like_others(texts: pa.ChunkedArray) -> Numbers:
    """The rows whose text may stand in another row too: all of those, and some whose text does not."""
    if _is_rising(texts.slice(0, AT_ONCE)) and _is_rising(texts):
        return np.array([], np.int64)
    hashes = _hashes(texts)
    ordered = _sorted(hashes)
    twice = ordered[1:][ordered[1:] == ordered[:-1]]
    marked = np.zeros(1 << _MARKED_BITS, bool)  # asking by the first bits alone is quick, and leaves few
    marked[twice >> _OTHER_BITS] = True
    rows = np.flatnonzero(marked[hashes >> _OTHER_BITS])
    return rows[np.isin(hashes[rows], twice)]


_MARKED_BITS = 24
_OTHER_BITS = np.uint32(32 - _MARKED_BITS)


def _sorted(numbers: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The numbers in order, both halves at once."""
    half = len(numbers) // 2
    halves = np.partition(numbers, half) if half else numbers.copy()
    side_by_side(np.ndarray.sort, [halves[:half], halves[half:]])
    return halves


def _is_rising(texts: pa.ChunkedArray) -> bool:
    """Whether each text is greater than the one before: then none occurs twice."""
    return bool(pc.all(pc.less(texts.slice(0, len(texts) - 1), texts.slice(1))).as_py())


def _hashes(texts: pa.ChunkedArray) -> npt.NDArray[np.uint32]:
    """A number for each text; equal texts have equal ones, and of a million others some hundred."""
    import duckdb

    looked_up = pa.table({"text": texts})  # noqa: F841  (DuckDB finds it by its name)
    short = "SELECT (hash(text) >> 32)::UINTEGER AS short FROM looked_up"
    with duckdb.connect() as db:  # the library's own connection refuses a second thread: the desk has several
        hashes: Any = db.execute(short).fetchnumpy()["short"]
    return np.asarray(hashes, np.uint32)


def taken(texts: pa.ChunkedArray, rows: Numbers) -> pa.ChunkedArray:
    """The texts of some rows. Of few, in order, each chunk gives its own: Arrow would copy all chunks."""
    if len(rows) * 8 > len(texts) or (rows[1:] < rows[:-1]).any():
        return texts.take(pa.array(rows))
    starts = np.cumsum([0, *map(len, texts.chunks)])
    bounds = np.searchsorted(rows, starts)
    of_chunks = zip(texts.chunks, starts, bounds, bounds[1:], strict=False)
    parts = [chunk.take(pa.array(rows[a:b] - start)) for chunk, start, a, b in of_chunks if b > a]
    return pa.chunked_array(parts, texts.type)


def side_by_side(work: Callable[[Any], Any], parts: Iterable[Any]) -> list[Any]:
    """The work on each part, in their order; Arrow and numpy let several threads go on at once."""
    parts = list(parts)
    if len(parts) < 2:  # a small file asks many times of one part, and a thread costs more than the answer
        return [work(part) for part in parts]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(work, parts))


def streamed(work: Callable[[Any], Any], parts: Iterable[Any]) -> Iterator[Any]:
    """The same, of parts that are fetched while others are worked on: only a few are in memory at once."""
    workers = os.cpu_count() or 1
    waiting: deque[Future[Any]] = deque()
    with ThreadPoolExecutor(workers) as pool:
        for part in parts:
            waiting.append(pool.submit(work, part))
            if len(waiting) > workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _stripped(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    if not any(map(_may_hold_white_space, texts.chunks)):
        return texts
    return pc.utf8_trim(texts, characters=_WHITESPACE)


def _may_hold_white_space(chunk: pa.StringArray) -> bool:
    """Whether a byte of the texts is a blank, a code below it, or part of a letter beyond ASCII."""
    first, last = (chunk.offset, chunk.offset + len(chunk))
    offsets, data = np.frombuffer(chunk.buffers()[1], np.int32), chunk.buffers()[2]
    if data is None or not len(chunk):
        return False
    letters = np.frombuffer(data, np.uint8)[offsets[first] : offsets[last]]
    return bool(len(letters)) and bool(letters.min() <= ord(" ") or letters.max() >= 0x80)


def _numpy(values: pa.ChunkedArray) -> Mask:
    mask: Mask = values.to_numpy()
    return mask.astype(bool, copy=False)


def concatenated(columns: Sequence[Column]) -> Column:
    """One column of the rows of several."""
    if len(columns) == 1:
        return columns[0]
    growing = Growing()
    for column in columns:
        growing.add(column.series().tolist())
    return growing.column()


class Growing:
    """A column that is being read, batch by batch."""

    def __init__(self, blank_rows: int = 0) -> None:
        self._known: dict[str, int] = {}
        self._codes: list[Numbers] = []
        self._plain: list[pa.Array] | None = None
        if blank_rows:
            self._known[""] = 0
            self._codes.append(np.zeros(blank_rows, np.uint8))

    def add(self, texts: Sequence[str]) -> None:
        """Add rows of text."""
        if self._plain is not None:
            self._plain.append(pa.array(texts, pa.string()))
            return
        self._append(self._numbers(texts))

    def add_arrow(self, texts: pa.Array | pa.ChunkedArray) -> None:
        """Add rows of Arrow strings: those without a dictionary are texts of which few occur twice."""
        for chunk in texts.chunks if isinstance(texts, pa.ChunkedArray) else [texts]:
            if not pa.types.is_dictionary(chunk.type):
                self._give_up_codes()
                self._rows_of_texts().append(chunk)
            elif self._plain is not None:
                self._plain.append(chunk.dictionary_decode())
            else:
                of_chunk = self._numbers(chunk.dictionary.to_pylist())
                self._append(pa.array(of_chunk).take(chunk.indices).to_numpy())

    def _numbers(self, texts: Sequence[str]) -> Numbers:
        known = self._known
        return np.fromiter((known.setdefault(t, len(known)) for t in texts), np.int32, len(texts))

    def column(self) -> Column:
        """What was added; of few rows and of many the same kind of column."""
        if self._plain is not None:
            return _coded_if_few(pa.chunked_array(self._plain, pa.string()))
        few = np.uint8 if len(self._known) <= 256 else np.uint16
        codes = np.concatenate(self._codes) if self._codes else np.array([], few)
        return Column(pa.chunked_array([list(self._known)], pa.string()), codes.astype(few, copy=False))

    def _append(self, codes: Numbers) -> None:
        few = np.uint8 if len(self._known) <= 256 else np.uint16 if len(self._known) <= 65_536 else np.int32
        self._codes.append(codes.astype(few, copy=False))
        if len(self._known) > MOST_DISTINCT:
            self._give_up_codes()

    def _give_up_codes(self) -> None:
        if self._plain is None:
            texts = pa.array(list(self._known), pa.string())
            self._plain = [texts.take(pa.array(codes)) for codes in self._codes]
            self._known, self._codes = {}, []

    def _rows_of_texts(self) -> list[pa.Array]:
        assert self._plain is not None
        return self._plain


def _coded_if_few(texts: pa.ChunkedArray) -> Column:
    if (
        len(texts) > MOST_DISTINCT
        and pc.count_distinct(texts.slice(0, 2 * MOST_DISTINCT)).as_py() > MOST_DISTINCT
    ):
        return Column(texts)
    coded = texts.dictionary_encode().combine_chunks()
    chunk = coded.chunk(0) if isinstance(coded, pa.ChunkedArray) and coded.num_chunks else coded
    if len(texts) == 0 or len(chunk.dictionary) > MOST_DISTINCT:
        return Column(texts)
    few = np.uint8 if len(chunk.dictionary) <= 256 else np.uint16
    return Column(pa.chunked_array([chunk.dictionary]), chunk.indices.to_numpy().astype(few))


@dataclass(frozen=True)
class Grid:
    """Rows of text as columns; `widths` says how many cells each row has (None: all rows have all)."""

    columns: list[Column]
    rows: int
    widths: Numbers | None = None

    @classmethod
    def of(cls, rows: Iterable[list[str]]) -> Grid:
        """The grid of rows of any width, read in batches: memory grows with distinct texts, not with rows."""
        columns: list[Growing] = []
        widths, so_far = [], 0
        source = iter(rows)
        while batch := list(islice(source, AT_ONCE)):
            wide = list(zip_longest(*batch, fillvalue=""))
            columns += [Growing(so_far) for _ in range(len(wide) - len(columns))]
            for number, column in enumerate(columns):
                column.add(wide[number] if number < len(wide) else [""] * len(batch))
            widths.append(np.fromiter(map(len, batch), np.int32, len(batch)))
            so_far += len(batch)
        every = np.concatenate(widths) if widths else np.array([], np.int32)
        return cls([column.column() for column in columns], so_far, every)

    def row(self, number: int) -> list[str]:
        """The cells of one row."""
        width = len(self.columns) if self.widths is None else int(self.widths[number])
        return [column.text(number) for column in self.columns[:width]]

    def width(self, number: int) -> int:
        """How many cells a row has."""
        return len(self.columns) if self.widths is None else int(self.widths[number])

    def blank(self) -> Mask:
        """The rows that hold nothing; the columns of few texts are asked first."""
        blank = np.ones(self.rows, bool)
        for column in sorted(self.columns, key=lambda c: len(c.texts)):
            if not blank.any():
                break
            blank &= column.blank()
        return blank
