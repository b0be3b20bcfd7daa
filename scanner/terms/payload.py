"""What a code held, as bytes, and where in the picture it stood."""

from dataclasses import dataclass

Corner = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Payload:
    """Raw bytes of one code; `corners` are four (x, y) pixels in order, or none for text."""

    raw: bytes
    corners: tuple[Corner, ...] = ()

    @property
    def area(self) -> float:
        """Area of the quadrilateral in square pixels (shoelace formula), 0 without corners."""
        points = self.corners
        following = points[1:] + points[:1]
        crossed = sum(x * v - u * y for (x, y), (u, v) in zip(points, following, strict=True))
        return abs(crossed) / 2
