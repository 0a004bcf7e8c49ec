"""Offences of a harm index have families, which tell about each other where there are few.

The indexes that ship get theirs when an agency is equipped next. Taking this back gives them the
digests of the files without families, so that the release before knows them again.

Revision ID: 0017
Revises: 0016
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_WITHOUT_FAMILIES = {
    "01856b0892f0c9a1dc3f8ed9b0686078ddc969afdfc95806d625f47209e0042f": (
        "506f5c6cb469983c321fd3d388207dd3d40c45f2e674a96d5091368888c367a1"
    ),
    "d4adc49d2970b10090645036eb729db1807d21fe3e29a39ce288df346062ac87": (
        "b7e71239af595e6fb8e015fea874300b233a59aca0bbb74074a2ee7454829680"
    ),
    "ac8206cd33977a9e33afeb70b40ef17a5ead7a2a66115dfc3bc52f1356057f56": (
        "5846b8ac99c62e1513623d6f4e35057a5caa3a913e114ca6b7427c49b8d6baa2"
    ),
}
"""SHA-256 of the files that ship, and of what they were before."""


def upgrade() -> None:
    op.add_column("harm_weight", sa.Column("family", sa.Text(), nullable=True))
    op.create_check_constraint(op.f("ck_harm_weight_family"), "harm_weight", "family <> ''")


def downgrade() -> None:
    op.drop_constraint(op.f("ck_harm_weight_family"), "harm_weight")
    op.drop_column("harm_weight", "family")
    for digest, before in _WITHOUT_FAMILIES.items():
        op.execute(
            sa.text(
                "UPDATE harm_index SET content_sha256 = decode(:before, 'hex') "
                "WHERE content_sha256 = decode(:digest, 'hex')"
            ).bindparams(digest=digest, before=before)
        )
