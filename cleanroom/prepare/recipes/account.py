"""Account identifiers: ``wechat-unionid/1`` and ``customer-id/1``.

- ``wechat-unionid/1``: 28 or 29 letters, digits, ``_`` or ``-``, the first one ``o``; case counts.
- ``customer-id/1``: a number or name that the parties share, 1 to 128 characters without controls.
  Case counts: lower-casing could make two customers one, which is worse than a missed match.
"""

from cleanroom.prepare.recipes.recipe import Recipe, matching

WECHAT_UNIONID = Recipe(
    "wechat-unionid/1",
    "unionid",
    general=lambda cleaned: matching(cleaned, r"^o[0-9A-Za-z_-]{27,28}$"),
)
CUSTOMER_ID = Recipe(
    "customer-id/1",
    "customer",
    general=lambda cleaned: matching(cleaned, r"^[^\p{Cc}\p{Zl}\p{Zp}\x{FFFD}]{1,128}$"),
)
