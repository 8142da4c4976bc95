namespace DmaBufSim.Abi;

/// <summary>What a modelled call came to: success, or an error number with the rule that decided.</summary>
/// <remarks>
/// <para>An outcome of the <i>simulated</i> machine. A mistake of the program that drives the simulator is an
/// exception instead.</para>
/// <para>The default value is success.</para>
/// </remarks>
public readonly struct Result
{
    private readonly int code;

    internal Result(int code) => this.code = code;

    /// <summary>A failure with the rule that decided it.</summary>
    public Result(Errno errno, Reason reason) => code = (int)errno | ((int)reason << 8);

    /// <summary>Success.</summary>
    public static Result Ok => default;

    /// <summary>Whether the call succeeded.</summary>
    public bool IsOk => (code & 0xff) == 0;

    /// <summary>The error number; <see cref="Errno.OK"/> on success.</summary>
    public Errno Errno => (Errno)(code & 0xff);

    /// <summary>The rule that decided; <see cref="Reason.None"/> on success.</summary>
    public Reason Reason => (Reason)(code >> 8);

    internal int Code => code;

    /// <summary>The same failure, as a result that would have carried a value.</summary>
    public Result<T> As<T>() => new(code);

    /// <inheritdoc/>
    public override string ToString() => IsOk ? "ok" : $"{Errno} ({Reason.Word()})";
}

/// <summary>What a modelled call came to: a value, or an error number with the rule that decided.</summary>
/// <typeparam name="T">The value on success. Keep it to eight bytes, so that a result travels in registers.</typeparam>
/// <remarks>The default value is success with a default <typeparamref name="T"/>.</remarks>
public readonly struct Result<T>
{
    private readonly T value;
    private readonly int code;

    /// <summary>Success with a value.</summary>
    public Result(T value)
    {
        this.value = value;
        code = 0;
    }

    internal Result(int code)
    {
        value = default!;
        this.code = code;
    }

    /// <summary>Whether the call succeeded.</summary>
    public bool IsOk => (code & 0xff) == 0;

    /// <summary>The value; the default one after a failure.</summary>
    public T Value => value;

    /// <summary>The error number; <see cref="Errno.OK"/> on success.</summary>
    public Errno Errno => (Errno)(code & 0xff);

    /// <summary>The rule that decided; <see cref="Reason.None"/> on success.</summary>
    public Reason Reason => (Reason)(code >> 8);

    /// <summary>The outcome without its value.</summary>
    public Result Status => new(code);

    /// <summary>The same failure, as a result that would have carried another value.</summary>
    public Result<TOther> As<TOther>() => new(code);

    /// <summary>A value as a success.</summary>
    public static implicit operator Result<T>(T value) => new(value);

    /// <summary>A failure as a result that would have carried a value.</summary>
    public static implicit operator Result<T>(Result failure) => new(failure.Code);

    /// <inheritdoc/>
    public override string ToString() => IsOk ? $"ok {value}" : $"{Errno} ({Reason.Word()})";
}
