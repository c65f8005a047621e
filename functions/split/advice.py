"""What to do about objects that were left out, for each reason that a person can mend."""

from __future__ import annotations

from split import cleaning, faults, kinds

FOLDERS_ARE_CLASSES = "a picture's class is its folder, raw/<class>/"

WHAT_TO_DO = {
    kinds.HEIC: "Convert them to JPEG and drop those (an iPhone writes JPEG with Settings, Camera, "
    "Formats, Most Compatible).",
    kinds.CAMERA_RAW: "Develop them to JPEG or 8-bit TIFF with the camera's program and drop "
    "those; renaming doesn't help.",
    kinds.OTHER_PICTURE: "Convert them to JPEG or PNG and drop those.",
    kinds.PLACEHOLDER: "The cloud kept the pictures: download them (in Finder: Download Now) and "
    "upload again.",
    kinds.ARCHIVE: "Unpack it and drop the folders in it, one per class: raw/<class>/.",
    kinds.VIDEO: "Extract pictures from the video and drop those, all of one video in a folder of "
    "their own below the class.",
    kinds.TABLE: f"Tables aren't read: {FOLDERS_ARE_CLASSES}. Sort the pictures into folders.",
    kinds.ANNOTATION: "Boxes, masks and labels (VOC, COCO, YOLO) aren't read: "
    f"{FOLDERS_ARE_CLASSES}.",
    kinds.NOT_AN_IMAGE_NAME: "If it is a picture, give its name the right ending, such as .jpg.",
    cleaning.NO_CLASS: "Put each picture into the folder of its class, raw/<class>/.",
    cleaning.BACKSLASH: "Upload again with / between the folders, raw/<class>/<image>, as "
    "'aws s3 sync' does on Windows too, and delete these.",
    cleaning.LFS_POINTER: "Fetch the pictures with 'git lfs pull' and drop them again.",
    cleaning.WEB_PAGE: "The download went wrong: fetch the picture and drop it again.",
    cleaning.TEXT: "Drop the picture under this key, or delete the object.",
    cleaning.NOT_AN_IMAGE_CONTENT: "Save it as JPEG or PNG and drop it again.",
    cleaning.EMPTY: "The upload or the copy before it broke off: drop the pictures again.",
    cleaning.DUPLICATE: "Each picture counts once: drop different pictures, if that is too few.",
    cleaning.TWO_CLASSES: "Decide for one class and delete the others; until then none is used.",
    faults.TOO_LARGE: "Save it as a smaller picture and drop it again.",
    faults.ARCHIVED: "Restore it, or copy it to the storage class STANDARD, and drop raw/_READY.",
    faults.DENIED: "Look at the bucket's policy and at who owns the object, and drop raw/_READY.",
    faults.GONE: "Nothing, if it was deleted on purpose; else drop it again.",
}


def what_to_do(reason: str) -> str | None:
    """Return what to do, or None where nothing is to be done."""
    return WHAT_TO_DO.get(reason)
