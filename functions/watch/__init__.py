"""Watch: notices what was lost, a job's end or the news of a drop, and sends it again."""
