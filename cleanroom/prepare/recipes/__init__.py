"""Recipes: how the spellings of an identifier become one text, by versioned name.

A recipe never changes under its name; another rule is another version. The agreement names the
recipe of each kind of identifier, so that all parties normalise alike.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from cleanroom.errors import InputError
from cleanroom.prepare.recipes.account import CUSTOMER_ID, WECHAT_UNIONID
from cleanroom.prepare.recipes.device import DEVICE_ID, IDFA, IMEI, OAID
from cleanroom.prepare.recipes.email import EMAIL_BASIC, EMAIL_UID2
from cleanroom.prepare.recipes.phone import PHONE_CN11, PHONE_E164, phone_e164
from cleanroom.prepare.recipes.recipe import Recipe, classify

__all__ = ["RECIPES", "Recipe", "classify", "get"]

RECIPES: Final[Mapping[str, Recipe]] = MappingProxyType(
    {
        recipe.name: recipe
        for recipe in (
            PHONE_CN11,
            PHONE_E164,
            EMAIL_BASIC,
            EMAIL_UID2,
            IMEI,
            OAID,
            IDFA,
            DEVICE_ID,
            WECHAT_UNIONID,
            CUSTOMER_ID,
        )
    }
)


def get(name: str, region: str = "CN") -> Recipe:
    """The recipe of that name. ``region`` says where the local numbers of a file belong and
    matters to ``phone-e164/1`` alone.

    Raises ``input.recipe_unknown`` and ``input.region_unknown``.
    """
    if name not in RECIPES:
        raise InputError("input.recipe_unknown", recipe=name, known=", ".join(RECIPES))
    if name == PHONE_E164.name and region != "CN":
        return phone_e164(region)
    return RECIPES[name]
