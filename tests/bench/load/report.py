"""One table of figures: what, ours, what it is compared with, their ratio, and the aim where there is one."""
from dataclasses import asdict, dataclass


@dataclass
class Row:
    what: str
    unit: str
    ours: float
    other: float | None = None
    other_is: str = ""
    aim: str = ""
    met: bool | None = None  # None: there is no aim

    @property
    def ratio(self):
        return self.ours / self.other if self.other else None

    def as_json(self):
        return {**asdict(self), "ratio": self.ratio}


def figure(value):
    """Three significant digits, never in powers of ten."""
    if value is None:
        return ""
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2 if abs(value) >= 1 else 3
    return f"{value:,.{digits}f}"


def table(rows):
    head = ("what", "unit", "ours", "compared", "ratio", "compared with", "aim", "")
    lines = [head] + [
        (row.what, row.unit, figure(row.ours), figure(row.other), figure(row.ratio), row.other_is, row.aim,
         {None: "", True: "met", False: "MISSED"}[row.met]) for row in rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    right = {2, 3, 4}  # figures
    return "\n".join(
        "  ".join(cell.rjust(width) if column in right else cell.ljust(width)
                  for column, (cell, width) in enumerate(zip(line, widths))).rstrip() for line in lines)
