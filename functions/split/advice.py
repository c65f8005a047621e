"""What to do about objects that were left out, for each reason that a person can mend."""

from __future__ import annotations

from split import cleaning, faults

WHAT_TO_DO = {
    cleaning.NO_CLASS: "Put it into the folder of its class, raw/<class>/.",
    cleaning.LFS_POINTER: "Fetch the pictures with 'git lfs pull' and drop them again.",
    cleaning.WEB_PAGE: "The download went wrong: fetch the picture and drop it again.",
    cleaning.TEXT: "Drop the picture under this key, or delete the object.",
    cleaning.NOT_AN_IMAGE_CONTENT: "Save it as JPEG or PNG and drop it again.",
    cleaning.EMPTY: "The upload or the copy before it broke off: drop the picture again.",
    cleaning.TWO_CLASSES: "Decide for one class and delete the others; until then none is used.",
    faults.TOO_LARGE: "Save it as a smaller picture and drop it again.",
    faults.ARCHIVED: "Restore it, or copy it to the storage class STANDARD, and drop raw/_READY.",
    faults.DENIED: "Look at the bucket's policy and at who owns the object, and drop raw/_READY.",
    faults.GONE: "Nothing, if it was deleted on purpose; else drop it again.",
}


def what_to_do(reason: str) -> str | None:
    """Return one sentence, or None where nothing is to be done."""
    return WHAT_TO_DO.get(reason)
