"""HTTP statuses that say more than that a call failed."""

COME_BACK = (408, 425, 429)  # the same call may go well later
WRONG_SECRET = (401, 403)
