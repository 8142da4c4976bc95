using System.Reflection;
using DmaBufSim.Heaps;
using DmaBufSim.Machines;
using DmaBufSim.Memory.Policies;
using DmaBufSim.Scenarios;
using DmaBufSim.Security;
using DmaBufSim.Workloads;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace DmaBufSim.Hosting;

/// <summary>Puts the simulator into a service container.</summary>
public static class ServiceRegistration
{
    /// <summary>
    /// Registers the built-in kinds of heaps, tenants, policies and guards, the builder of machines and the runner of
    /// scenarios.
    /// </summary>
    public static IServiceCollection AddDmaBufSim(this IServiceCollection services)
    {
        foreach (HeapType type in HeapType.BuiltIn)
        {
            services.AddSingleton(type);
        }

        foreach (CmaPolicyType policy in CmaPolicyType.BuiltIn)
        {
            services.AddSingleton(policy);
        }

        foreach (TenantType tenant in TenantType.BuiltIn)
        {
            services.AddSingleton(tenant);
        }

        foreach (SecurePolicy policy in SecurePolicies.BuiltIn)
        {
            services.AddSingleton(policy);
        }

        foreach (GuardType guard in GuardType.BuiltIn)
        {
            services.AddSingleton(guard);
        }

        services.TryAddSingleton(provider => new MachineBuilder(
            provider.GetServices<HeapType>(),
            provider.GetServices<SecurePolicy>(),
            provider.GetServices<GuardType>(),
            provider.GetServices<CmaPolicyType>()));
        services.TryAddSingleton<ScenarioRunner>();
        return services;
    }

    /// <summary>Registers a kind of heap of your own.</summary>
    /// <typeparam name="THeap">
    /// A class with <see cref="HeapTypeAttribute"/> and a public constructor that takes a <see cref="HeapContext"/>,
    /// and
    /// whatever else the container has.
    /// </typeparam>
    /// <exception cref="ArgumentException">
    /// The class has no <see cref="HeapTypeAttribute"/>, a word that is taken, or no such constructor.
    /// </exception>
    public static IServiceCollection AddDmaHeap<THeap>(this IServiceCollection services)
        where THeap : DmaHeap =>
        services.AddDmaHeap(typeof(THeap));

    /// <summary>Registers a kind of heap of your own.</summary>
    /// <param name="services">The container.</param>
    /// <param name="heap">The class; see <see cref="AddDmaHeap{THeap}"/>.</param>
    /// <exception cref="ArgumentException">
    /// The class has no <see cref="HeapTypeAttribute"/>, a word that is taken, or no such constructor.
    /// </exception>
    public static IServiceCollection AddDmaHeap(this IServiceCollection services, Type heap)
    {
        string name = heap.GetCustomAttribute<HeapTypeAttribute>()?.Name
            ?? throw new ArgumentException(
                $"the class {heap.Name} has no attribute [HeapType(\"word\")]");
        if (!heap.GetConstructors().Any(TakesContext))
        {
            throw new ArgumentException(
                $"the class {heap.Name} has no public constructor that takes a HeapContext");
        }

        if (services.Any(service => WordOf(service.ImplementationInstance) == name))
        {
            throw new ArgumentException(
                $"the class {heap.Name} calls itself '{name}', which is a heap type already; choose another word");
        }

        services.AddSingleton(new TakenWord(name));
        ObjectFactory create = ActivatorUtilities.CreateFactory(heap, [typeof(HeapContext)]);
        return services.AddSingleton(
            provider => new HeapType(name, context => (DmaHeap)create(provider, [context])));
    }

    /// <summary>Registers an answer of your own to who may touch protected buffers.</summary>
    /// <exception cref="ArgumentException">There is a policy of that name already.</exception>
    public static IServiceCollection AddSecurePolicy(this IServiceCollection services, SecurePolicy policy) =>
        services.Any(service => service.ImplementationInstance is SecurePolicy other && other.Name == policy.Name)
            ? throw new ArgumentException(
                $"the class {policy.GetType().Name} calls itself '{policy.Name}', which is a policy already; "
                + "choose another word")
            : services.AddSingleton(policy);

    /// <summary>Registers hardware of your own that enforces.</summary>
    /// <exception cref="ArgumentException">There is a guard of that name already.</exception>
    public static IServiceCollection AddGuard(this IServiceCollection services, GuardType guard) =>
        services.Any(service => service.ImplementationInstance is GuardType other && other.Name == guard.Name)
            ? throw new ArgumentException($"'{guard.Name}' is a guard already; choose another word")
            : services.AddSingleton(guard);

    /// <summary>Registers a policy of your own for areas.</summary>
    /// <exception cref="ArgumentException">There is a policy of that name already.</exception>
    public static IServiceCollection AddCmaPolicy(this IServiceCollection services, CmaPolicyType policy) =>
        services.Any(service => service.ImplementationInstance is CmaPolicyType other && other.Name == policy.Name)
            ? throw new ArgumentException($"'{policy.Name}' is a policy of areas already; choose another word")
            : services.AddSingleton(policy);

    /// <summary>Registers a kind of tenant of your own.</summary>
    /// <exception cref="ArgumentException">There is a kind of that name already.</exception>
    public static IServiceCollection AddTenant(this IServiceCollection services, TenantType tenant) =>
        services.Any(service => service.ImplementationInstance is TenantType other && other.Name == tenant.Name)
            ? throw new ArgumentException($"'{tenant.Name}' is a type of tenants already; choose another word")
            : services.AddSingleton(tenant);

    private static string? WordOf(object? service) => service switch
    {
        HeapType type => type.Name,
        TakenWord taken => taken.Word,
        _ => null,
    };

    private static bool TakesContext(ConstructorInfo constructor) =>
        constructor.GetParameters().Any(parameter => parameter.ParameterType == typeof(HeapContext));

    // The type itself is made later, when the container is ready.
    private sealed record TakenWord(string Word);
}
