"""The reasons why objects are left out, as manifest and verdict state them, with advice. Pure."""

from __future__ import annotations

HEIC = "a HEIC picture"
CAMERA_RAW = "a camera's raw file"
OTHER_PICTURE = "a picture in a format that is not read"
PLACEHOLDER = "a cloud placeholder instead of the image"
ARCHIVE = "an archive"
VIDEO = "a video"
TABLE = "a table"
ANNOTATION = "an annotation or text file"
NOT_AN_IMAGE_NAME = "not an image by its name"
MARKER = "the ready marker"
HIDDEN = "a hidden or system file"
FOLDER = "a folder marker"
NO_CLASS = "not in a class folder"
BACKSLASH = "a backslash in its key instead of a folder"
LFS_POINTER = "a Git LFS pointer instead of the image"
WEB_PAGE = "a web page instead of an image"
TEXT = "text instead of an image"
NOT_AN_IMAGE_CONTENT = "not an image by its first bytes"
EMPTY = "empty"
TOO_LARGE = "larger than the 5 GB that S3 copies"
DUPLICATE = "the same content as another image"
TWO_CLASSES = "the same content in more than one class"
IN_TEST_SET = "the same content as an image of the test set"
NO_SUCH_CLASS = "of a class that no image is trained on"
ARCHIVED = "archived: S3 copies it once it is restored"
GONE = "gone since it was listed"
DENIED = "S3 denies access to it"

# Reasons that need no attention: nobody meant these objects to be images.
EXPECTED = frozenset({MARKER, FOLDER, HIDDEN})

FOLDERS_ARE_CLASSES = "an image's class is its folder, raw/<class>/"

ADVICE = {
    HEIC: "Convert them to JPEG and drop those (an iPhone writes JPEG with Settings, Camera, "
    "Formats, Most Compatible).",
    CAMERA_RAW: "Develop them to JPEG or 8-bit TIFF with the camera's software and drop those; "
    "renaming doesn't help.",
    OTHER_PICTURE: "Convert them to JPEG or PNG and drop those.",
    PLACEHOLDER: "The images are still in the cloud: download them (in Finder: Download Now) and "
    "upload again.",
    ARCHIVE: "Unpack it and drop the folders in it, one per class: raw/<class>/.",
    VIDEO: "Extract frames from the video and drop those, all frames of one video in a folder of "
    "their own below the class.",
    TABLE: f"Tables aren't read: {FOLDERS_ARE_CLASSES}. Sort the images into folders.",
    ANNOTATION: f"Boxes, masks and labels (VOC, COCO, YOLO) aren't read: {FOLDERS_ARE_CLASSES}.",
    NOT_AN_IMAGE_NAME: "If it is an image, give its name the right extension, such as .jpg.",
    NO_CLASS: "Put each image into the folder of its class, raw/<class>/.",
    BACKSLASH: "Upload again with / between the folders, raw/<class>/<image>, as 'aws s3 sync' "
    "does on Windows too, and delete these objects.",
    LFS_POINTER: "Fetch the images with 'git lfs pull' and drop them again.",
    WEB_PAGE: "The download failed: fetch the image and drop it again.",
    TEXT: "Drop the image under this key, or delete the object.",
    NOT_AN_IMAGE_CONTENT: "Save it as JPEG or PNG and drop it again.",
    EMPTY: "The upload, or the copy before it, was interrupted: drop the images again.",
    DUPLICATE: "Each image counts once: if that leaves too few, drop different images.",
    TWO_CLASSES: "Choose one class and delete the other copies; until then none of them is used.",
    IN_TEST_SET: "Nothing, if the test set is to have them; else delete them under test/.",
    NO_SUCH_CLASS: "Name the folder under test/ as the class is named under raw/, or drop images "
    "of that class there.",
    TOO_LARGE: "Save it as a smaller image and drop it again.",
    ARCHIVED: "Restore it, or copy it to the storage class STANDARD, and drop raw/_READY.",
    DENIED: "Check the bucket's policy and the object's owner, and drop raw/_READY.",
    GONE: "Nothing, if you deleted it on purpose; otherwise drop it again.",
}
