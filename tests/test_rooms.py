# -*- test-case-name: tests.test_rooms -*-
"""
C{docs/rooms.py} and C{docs/roompicture.py}: the rooms of the package, and their picture.
"""

from __future__ import annotations

from itertools import pairwise

from twisted.trial.unittest import SynchronousTestCase

from docs.roompicture import GAP, layout, picture, reduced, rowsOf
from docs.rooms import Room, reached, rooms
from tests.test_layers import LINES


def room(name: str, level: int, *uses: str, circle: int = 0) -> Room:
    """
    Return a room.
    """
    return Room(name, level, f"About {name}.", 3, frozenset(uses), circle)


HOUSE = (
    room("ground", 0),
    room("store", 1, "ground"),
    room("store/inner", 1, "store", "ground"),
    room("roles", 2, "store/inner", "ground"),
    room("top", 3, "roles", "store", "ground"),
)
CIRCLE = (room("ground", 0), room("left", 1, "right", "ground", circle=2), room("right", 1, "left", "ground", circle=2))


class RoomsTests(SynchronousTestCase):
    """
    What is read from the imports.
    """

    def test_levels(self) -> None:
        """
        Every room has its level, and uses rooms of its own level or of lower ones.
        """
        level = {each.name: each.level for each in rooms()}
        self.assertEqual(set(level.values()), set(range(len(LINES))))
        self.assertEqual([each.name for each in rooms() if any(level[name] > each.level for name in each.uses)], [])

    def test_described(self) -> None:
        """
        Every folder says what it is for in a sentence.
        """
        self.assertEqual([each.name for each in rooms() if not each.purpose.endswith(".")], [])

    def test_reached(self) -> None:
        """
        What can be reached is what is used, and what that uses; a place itself only in a circle.
        """
        uses = {each.name: each.uses for each in (*HOUSE, *CIRCLE)}
        self.assertEqual(reached(uses, "roles"), {"store/inner", "store", "ground"})
        self.assertEqual(reached(uses, "left"), {"left", "right", "ground"})


class PictureTests(SynchronousTestCase):
    """
    The picture.
    """

    def test_reduced(self) -> None:
        """
        An arrow is left out where others lead the same way, but none of a circle.
        """
        self.assertEqual(
            reduced({each.name: each.uses for each in HOUSE}),
            {"ground": [], "store": ["ground"], "store/inner": ["store"], "roles": ["store/inner"], "top": ["roles"]},
        )
        found = reduced({each.name: each.uses for each in CIRCLE})
        self.assertIn("right", found["left"])
        self.assertIn("left", found["right"])

    def test_rows(self) -> None:
        """
        Arrows point downwards, within a level too.
        """
        for house in (HOUSE, rooms()):
            rows = rowsOf(house)
            wrong = [(each.name, name) for each in house for name in each.uses if rows[name] >= rows[each.name]]
            self.assertEqual(wrong, [])

    def test_overlap(self) -> None:
        """
        Nothing in a row covers its neighbor, and all of it is within the picture.
        """
        rows, drawn = layout(rooms())
        for row in rows:
            for left, right in pairwise(row):
                space = (right.x - right.width / 2) - (left.x + left.width / 2)
                self.assertGreaterEqual(round(space, 3), GAP)
            self.assertGreater(row[0].x - row[0].width / 2, 0)
        self.assertFalse([arrow for arrow in drawn if arrow.back])

    def test_everything(self) -> None:
        """
        Every room is drawn, and every arrow that is not left out.
        """
        text = picture(HOUSE)
        for each in HOUSE:
            self.assertIn(f">{each.name}</text>", text)
        self.assertEqual(text.count("<path "), 4)
        self.assertNotIn('class="circle"', text)

    def test_circle(self) -> None:
        """
        A circle is red, and so are the arrows within it.
        """
        text = picture(CIRCLE)
        self.assertEqual(text.count('class="circle"'), 2)
        self.assertEqual(text.count('class="back"'), 2)
        self.assertIn("modules: 3, 2 in circles", text)
