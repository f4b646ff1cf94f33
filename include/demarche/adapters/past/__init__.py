"""What an import reads from disk, and the journal that lets it go on after it was killed."""
