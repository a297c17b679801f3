"""What is shown of a name to those who need not know it."""


def masked_name(name: str) -> str:
    """
    Keep the first and last character of a name.

    Examples
    --------
    >>> masked_name("张小三")
    '张*三'
    >>> masked_name("张三")
    '张*'
    """
    if len(name) <= 2:
        return name[:1] + "*"
    return name[0] + "*" * (len(name) - 2) + name[-1]
