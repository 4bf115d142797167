"""The attacks are also a program of their own; here they find what they are made of."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from attack_table import find_material

find_material()
